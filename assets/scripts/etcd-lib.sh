# Functions shared by the scripts about etcd's members. POSIX sh; sourced, never run.
# /etc/etcd/members says which members the stack wants: one "NAME ADDRESS" a line, this machine's among them.
# A member is known by its address: a name may be that of a machine that is no more.
# shellcheck shell=sh
. /usr/local/lib/hardway/lib.sh
. /etc/etcd/etcd.env

# has_quorum ADDRESS: that member answers, and it and others are enough to write.
has_quorum() {
  curl --fail --silent --output /dev/null --max-time 2 --cacert /etc/etcd/pki/ca.crt \
    --cert /etc/etcd/pki/server.crt --key /etc/etcd/pki/server.key "https://$1:2379/health"
}

# ask COMMAND...: etcdctl by way of the first wanted member that can answer, another machine's before this one's.
ask() {
  for address in $(others) "$PRIVATE_IP"; do
    has_quorum "$address" || continue
    /usr/local/bin/etcdctl --endpoints="https://$address:2379" --command-timeout=5s --cacert=/etc/etcd/pki/ca.crt \
      --cert=/etc/etcd/pki/server.crt --key=/etc/etcd/pki/server.key "$@"
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

# names FILE ADDRESS: whether /etc/etcd/members, or rows of members, have it; the address is the second word in both.
names() { awk -v it="$2" '$2 == it { found = 1 } END { exit !found }' "$1"; }
