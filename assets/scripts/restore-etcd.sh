#!/bin/sh
# restore-etcd.sh FILE | --join
# Puts a backup in place of what etcd holds on this control-plane machine, as the one member of a new cluster; or, once that was done on
# another machine, has this one join it. What was here is moved aside, to /var/lib/hardway-removed. For a person: nothing runs it by itself.
# Clients that watch must not take the past for the future: revisions go on far above any that was ever given out.
# Reference: https://etcd.io/docs/v3.6/op-guide/recovery/
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

services="kube-apiserver kube-controller-manager kube-scheduler flanneld"

fail() {
  echo "$(hostname): nothing was changed: $1" >&2
  exit 1
}

put_aside() {
  [ -d /var/lib/etcd/member ] || return 0
  aside=/var/lib/hardway-removed/$(date -u +%Y%m%dT%H%M%SZ)/etcd
  (umask 077 && mkdir -p "$aside")
  mv /var/lib/etcd/member "$aside/member"
  echo "what etcd held is in $aside"
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
  ! curl --silent --output /dev/null --insecure --max-time 2 "https://$address:2379/health" ||
    fail "etcd at $address still runs, and would go on with what it has; systemctl stop etcd there"
done
restored=/var/lib/etcd/.restored
rm -rf "$restored"
/usr/local/bin/etcdutl snapshot restore "$backup" --data-dir "$restored" --name "$MEMBER_NAME" \
  --initial-cluster "$MEMBER_NAME=https://$PRIVATE_IP:2380" --initial-advertise-peer-urls "https://$PRIVATE_IP:2380" \
  --initial-cluster-token "$CLUSTER_NAME-$(date +%s)" --bump-revision 1000000000 --mark-compacted > "$work/said" 2>&1 || {
  rm -rf "$restored"
  fail "$backup cannot be restored: $(tail -n 1 "$work/said")"
}
# shellcheck disable=SC2086 # one word per service
systemctl stop $services etcd
put_aside
chown -R etcd:etcd "$restored"
mv "$restored/member" /var/lib/etcd/member
rm -rf "$restored"
begin_again
echo "restored $backup"
