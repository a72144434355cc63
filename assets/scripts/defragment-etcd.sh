#!/bin/sh
# defragment-etcd.sh
# Gives back to the disk what etcd's database on this machine no longer uses, when that is worth it: more than 64 MiB, and more than half
# of the file. The member answers nobody meanwhile, so nothing is done unless every other one is healthy, and one that leads hands
# that over first. Runs after each backup.
# Reference: https://etcd.io/docs/v3.6/op-guide/maintenance/#defragmentation
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

# hand_over: to another member that votes; the only one has nobody to.
hand_over() {
  member_rows > "$work/rows"
  heir=$(awk -v me="$PRIVATE_IP" '$2 != me && $4 == "false" { print $1; exit }' "$work/rows")
  [ -z "$heir" ] || at "$PRIVATE_IP" move-leader "$heir"
}

make_work_dir
read_status "$PRIVATE_IP"
size=$(status_number dbSize) used=$(status_number dbSizeInUse)
[ $((size - used)) -gt 67108864 ] && [ $((used * 2)) -lt "$size" ] || exit 0
for address in $(others); do
  has_quorum "$address" || {
    echo "not defragmented: the member at $address is away, so that this one is needed"
    exit 0
  }
done
[ "$(status_number leader)" != "$(status_number member_id)" ] || hand_over
defragment "$PRIVATE_IP"
read_status "$PRIVATE_IP"
echo "etcd's file went from $((size / 1048576)) to $(($(status_number dbSize) / 1048576)) MiB"
