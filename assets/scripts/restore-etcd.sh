#!/bin/sh
# restore-etcd.sh FILE | --join
# Puts a backup in place of what etcd holds on this control-plane machine, as the one member of a new cluster; or, once that was done on
# another machine, has this one join it. What was here is moved aside, to /var/lib/hardway-removed. For a person: nothing runs it by itself.
# Reference: https://etcd.io/docs/v3.6/op-guide/recovery/
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

services="kube-apiserver kube-controller-manager kube-scheduler flanneld"

fail() {
  echo "$(hostname): nothing was changed: $1" >&2
  exit 1
}

another_answers() {
  for address in $(others); do ! has_quorum "$address" || return 0; done
  return 1
}

# begin_again: every service that keeps in mind what the API said.
begin_again() {
  systemctl start etcd
  # shellcheck disable=SC2086 # one word per service
  systemctl restart $services
  wait_until 90 "the API server to be ready" curl --fail --silent --insecure --max-time 2 https://127.0.0.1:6443/readyz
}

make_work_dir
if [ "$1" = --join ]; then
  [ -n "$(others)" ] || fail "there is no other member to join"
  another_answers || fail "no other member answers; restore on one of them first"
  systemctl stop etcd
  put_aside
  begin_again
  exit
fi

backup=$1
/usr/local/bin/etcdutl snapshot status "$backup" > "$work/said" 2>&1 || fail "$backup is no backup: $(tail -n 1 "$work/said")"
for address in $(others); do
  ! runs "$address" ||
    fail "etcd at $address still runs, and would go on with what it has; systemctl stop etcd there"
done
restore_snapshot "$backup" || fail "$backup cannot be restored: $(tail -n 1 "$work/said")"
# shellcheck disable=SC2086 # one word per service
systemctl stop $services etcd
put_aside
use_restored
begin_again
echo "restored $backup"
