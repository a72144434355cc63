#!/bin/sh
# may-restart-kube-apiserver.sh BUNDLE
# Before an API server of another minor version starts here for the first time, what etcd holds is saved: such a version may store what
# the one before it cannot read, and the way back is a backup.
# Reference: https://kubernetes.io/docs/tasks/administer-cluster/cluster-upgrade/
set -eu
bundle=$1

# minor < PATHS: of the directory that has the program, e.g. 1.36.
minor() { sed -n 's|.*/opt/hardway/kube-apiserver-\([0-9]*\.[0-9]*\)\..*|\1|p' | head -n 1; }

now=$(readlink /usr/local/bin/kube-apiserver | minor)
next=$(grep '^>>> link /usr/local/bin/kube-apiserver ' "$bundle" | minor)
[ -n "$now" ] && [ "$now" != "$next" ] || exit 0
if ! systemctl cat etcd-backup.service > /dev/null 2>&1; then
  echo "$(hostname): no backups are made here (hardway:backups), so none before Kubernetes $next"
  exit 0
fi
systemctl start etcd-backup.service || {
  echo "$(hostname): Kubernetes stays $now: etcd could not be saved; journalctl -u etcd-backup says why" >&2
  exit 1
}
