#!/bin/sh
# permit-etcd.sh [USER] < BUNDLE
# Puts the permit on this machine to begin etcd's cluster anew, because the stack says that its data is lost. Refused where it is not:
# nothing is changed then. USER: who is to bring a snapshot, without which it may not begin; nobody else may read it.
set -eu
. /usr/local/lib/hardway/lib.sh
snapshot_dir=/var/lib/hardway/restore

if [ -d /var/lib/etcd/member/wal ]; then
  {
    echo "$(hostname): etcd's data is here, so nothing was changed: take etcd.generation back to what it was"
    echo "$(hostname): to go back to a backup on this machine: /usr/local/lib/hardway/restore-etcd.sh FILE, see docs/backups.md"
  } >&2
  exit 1
fi
make_work_dir
read_bundle
rm -rf "$snapshot_dir"
[ $# -eq 0 ] || install --directory --mode=0700 --owner="$1" "$snapshot_dir"
apply_bundle
