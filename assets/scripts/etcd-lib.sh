# Functions shared by the scripts about etcd's members. POSIX sh; sourced, never run.
# /etc/etcd/members says which members the stack wants: one "NAME ADDRESS" a line, this machine's among them.
# A member is known by its address: a name may be that of a machine that is no more.
# shellcheck shell=sh
. /usr/local/lib/hardway/lib.sh
. /etc/etcd/etcd.env

# runs ADDRESS [CURL-OPTION...]: a member runs there, whether it can write or not.
runs() {
  member=$1
  shift
  curl "$@" --silent --output /dev/null --max-time 2 --cacert /etc/etcd/pki/ca.crt \
    --cert /etc/etcd/pki/server.crt --key /etc/etcd/pki/server.key "https://$member:2379/health"
}

# has_quorum ADDRESS: that member answers, and it and others are enough to write.
has_quorum() { runs "$1" --fail; }

# at ADDRESS COMMAND...: etcdctl by way of that member.
at() {
  endpoint=https://$1:2379
  shift
  /usr/local/bin/etcdctl --endpoints="$endpoint" --command-timeout=5s --cacert=/etc/etcd/pki/ca.crt \
    --cert=/etc/etcd/pki/server.crt --key=/etc/etcd/pki/server.key "$@"
}

# ask COMMAND...: etcdctl by way of the first wanted member that can answer, another machine's before this one's.
ask() {
  for address in $(others) "$PRIVATE_IP"; do
    has_quorum "$address" || continue
    at "$address" "$@"
    return
  done
  echo "no member answers with a quorum" >&2
  return 1
}

# others: addresses of the other members that the stack wants.
others() { awk -v me="$PRIVATE_IP" '$2 != me { print $2 }' /etc/etcd/members; }

# member_rows: one member of etcd a line: ID ADDRESS STATUS LEARNER NAME. A name is missing until the member has started.
member_rows() {
  ask member list --write-out=simple > "$work/members" || return 1
  awk -F ', ' '{ split($4, url, "[/:]+"); print $1, url[2], $2, $6, $3 }' "$work/members"
}

# read_status ADDRESS: of that member, for status_number NAME: its dbSize, dbSizeInUse, revision, member_id, leader.
read_status() { at "$1" endpoint status --write-out=json > "$work/status"; }
status_number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$work/status"; }

# defragment ADDRESS: that member answers nobody meanwhile, for about a second per 100 MB.
defragment() { at "$1" --command-timeout=2m defrag; }

# restore_snapshot FILE: what it holds is in $restored, as the one member of a new cluster, or why not in $work/said. Clients that watch
# must not take the past for the future: revisions go on far above any that was ever given out.
restored=/var/lib/etcd/.restored
restore_snapshot() {
  rm -rf "$restored"
  /usr/local/bin/etcdutl snapshot restore "$1" --data-dir "$restored" --name "$MEMBER_NAME" \
    --initial-cluster "$MEMBER_NAME=https://$PRIVATE_IP:2380" --initial-advertise-peer-urls "https://$PRIVATE_IP:2380" \
    --initial-cluster-token "$CLUSTER_NAME-$(date +%s)" --bump-revision 1000000000 --mark-compacted > "$work/said" 2>&1 || {
    rm -rf "$restored"
    return 1
  }
  chown -R etcd:etcd "$restored"
}

# put_aside: what etcd holds here is not deleted.
put_aside() {
  [ -d /var/lib/etcd/member ] || return 0
  aside=/var/lib/hardway-removed/$(date -u +%Y%m%dT%H%M%SZ)/etcd
  (umask 077 && mkdir -p "$aside")
  mv /var/lib/etcd/member "$aside/member"
  echo "what etcd held is in $aside"
}

# use_restored: the last moment, after which etcd has it.
use_restored() {
  mv "$restored/member" /var/lib/etcd/member
  rm -rf "$restored"
}

# names FILE ADDRESS: whether /etc/etcd/members, or rows of members, have it; the address is the second word in both.
names() { awk -v it="$2" '$2 == it { found = 1 } END { exit !found }' "$1"; }
