#!/bin/sh
# join-etcd.sh
# Runs before etcd and writes to /run/hardway/etcd-join.env how it starts on this machine: with the data that is here; else
# as a learner in the cluster that the other machines run; else, where the first `pulumi up` said so, as one of the founders
# of a new cluster, or alone where a later one says that the data of all is lost. Never an empty cluster on a machine that lost
# its disk, and never a voter that has no data: cut off anywhere, it leaves a cluster that can write.
set -eu
. /usr/local/lib/hardway/etcd-lib.sh
founders=/var/lib/hardway/etcd-founders
snapshot_dir=/var/lib/hardway/restore

# start_as STATE CLUSTER
start_as() {
  printf 'INITIAL_CLUSTER_STATE=%s\nINITIAL_CLUSTER=%s\n' "$1" "$2" > "$work/env"
  put_file "$work/env" /run/hardway/etcd-join.env 0644 root:root
}

# A founder that comes late is a member already, since all founders begin with the same list. Who founds alone does so only where
# no other member runs: one that cannot write for now has what was said to be lost.
is_founder() {
  [ -e "$founders" ] || return 1
  if ! grep -q , "$founders"; then
    for address in $(others); do ! runs "$address" || return 1; done
    return 0
  fi
  member_rows > "$work/rows" 2> /dev/null || return 0
  awk -v me="$PRIVATE_IP" '$2 == me && $4 == "false" { found = 1 } END { exit !found }' "$work/rows"
}

# Takes out what stands in the way: this machine as it was before it lost its data, under its name or its address; and members
# that nobody wants and that do not answer, for etcd takes no new one while one is away.
make_room() {
  while read -r id address status learner name; do
    if [ "$address" = "$PRIVATE_IP" ] || [ "$name" = "$MEMBER_NAME" ]; then
      [ "$address/$status/$learner" != "$PRIVATE_IP/unstarted/true" ] || continue
    elif names /etc/etcd/members "$address" || has_quorum "$address"; then
      continue
    fi
    ask member remove "$id" || return 1
  done < "$work/rows"
}

become_learner() {
  member_rows > "$work/rows" && make_room && member_rows > "$work/rows" || return 1
  names "$work/rows" "$PRIVATE_IP" || ask member add "$MEMBER_NAME" --learner --peer-urls="https://$PRIVATE_IP:2380" || return 1
  member_rows > "$work/rows"
}

# begin_with_snapshot: the data of before, from the file that the operator gave.
begin_with_snapshot() {
  if ! restore_snapshot "$snapshot_dir/etcd.db"; then
    echo "etcd: the snapshot cannot be restored: $(tail -n 1 "$work/said")" >&2
    exit 1
  fi
  put_aside # it may have begun to make some
  use_restored
  start_as existing "$MEMBER_NAME=https://$PRIVATE_IP:2380"
}

try_join() { become_learner > "$work/said" 2>&1; }

# cluster_of_rows: what --initial-cluster must be for a member that joins.
cluster_of_rows() {
  awk -v me="$PRIVATE_IP" -v name="$MEMBER_NAME" \
    '{ printf "%s%s=https://%s:2380", sep, $2 == me ? name : $5, $2; sep = "," }' "$work/rows"
}

explain() {
  tail -n 3 "$work/said"
  if [ -z "$(others)" ]; then
    echo "etcd: $MEMBER_NAME has no data, and there is no other member: what the cluster held is gone with the old disk"
    echo "etcd: nothing is made anew by itself; what to write is in docs/backups.md, \"When every control-plane machine is gone\""
    return
  fi
  while read -r name address; do
    [ "$address" = "$PRIVATE_IP" ] || has_quorum "$address" ||
      echo "etcd: $name ($address) does not answer, or too few members do; etcd takes no new one meanwhile: bring it back, or take it out of controlPlane"
  done < /etc/etcd/members
}

make_work_dir
: > "$work/said"
if [ -d /var/lib/etcd/member/wal ]; then
  # etcd wants the flags and takes the list from its data.
  start_as existing "$MEMBER_NAME=https://$PRIVATE_IP:2380"
elif is_founder && [ -d "$snapshot_dir" ]; then
  begin_with_snapshot
elif is_founder; then
  start_as new "$(cat "$founders")"
elif [ -n "$(others)" ] && wait_until 60 "etcd to take $MEMBER_NAME as a member" try_join; then
  start_as existing "$(cluster_of_rows)"
else
  explain >&2
  exit 1
fi
