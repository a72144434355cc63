#!/bin/sh
# keep-etcd-members.sh < BUNDLE
# Takes every member out of etcd that is not in the one file of the bundle, /etc/etcd/members as the stack wants it, dead or
# alive, before its machine goes. One after another: etcd changes one membership at a time. A member that is gone already is
# no error.
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

remove_each() {
  member_rows > "$work/rows" || return 1
  while read -r id address _; do
    names "$work/1" "$address" || ask member remove "$id" || return 1
  done < "$work/rows"
}

remove_unwanted() { remove_each > "$work/said" 2>&1; }

make_work_dir
# Whole, or nothing is done: half a list would take out the other half.
read_bundle
wait_until 60 "etcd to let go of the members that are not wanted" remove_unwanted || {
  cat "$work/said"
  member_rows | while read -r _ address _ _ name; do
    has_quorum "$address" || echo "etcd: $name ($address) does not answer"
  done
  exit 1
} >&2
