#!/bin/sh
# may-restart-etcd.sh
# Refuses, before anything is changed, a restart of etcd here that would leave too few members to write because others are away.
# Where all are there it costs two members a moment without writes: on the way from one to three, a cluster has two.
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

# Where nobody can write anyway, a restart takes nothing away. A member that has just come back is waited for.
others_suffice() {
  has_quorum "$PRIVATE_IP" || return 0
  member_rows > "$work/rows" || return 1
  voters=0 up=0 down='' needed=0
  while read -r _ address _ learner name; do
    [ "$learner" = false ] || continue
    voters=$((voters + 1))
    [ "$address" != "$PRIVATE_IP" ] || continue
    if has_quorum "$address"; then up=$((up + 1)); else down="$down $name"; fi
  done < "$work/rows"
  needed=$((voters / 2 + 1))
  [ -z "$down" ] || [ "$up" -ge "$needed" ]
}

make_work_dir
if ! wait_until 30 "etcd's other members" others_suffice; then
  {
    echo "etcd: has $voters voting members and needs $needed of them to write; besides $MEMBER_NAME only $up answer, not$down"
    echo "etcd: a restart would stop the cluster, so nothing was changed: bring back$down, or take it out of controlPlane"
  } >&2
  exit 1
fi
