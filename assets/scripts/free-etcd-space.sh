#!/bin/sh
# free-etcd-space.sh
# For a person, as root on a control-plane machine, when etcd takes no more writes ("database space exceeded") and what fills it has been
# deleted, which etcd allows: gives up what was deleted or overwritten, gives its room back on one member after the other, and lets
# etcd write again. Cut off anywhere it can be run again.
# Reference: https://etcd.io/docs/v3.6/op-guide/maintenance/#space-quota
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

# compact: refused when that revision was given up already, which is as good.
compact() {
  at "$PRIVATE_IP" compact "$(status_number revision)" > "$work/said" 2>&1 || grep -q 'has been compacted' "$work/said" || {
    cat "$work/said" >&2
    return 1
  }
}

make_work_dir
read_status "$PRIVATE_IP"
compact
for address in $(others) "$PRIVATE_IP"; do defragment "$address"; done
at "$PRIVATE_IP" alarm disarm
read_status "$PRIVATE_IP"
echo "etcd writes again; its file has $(($(status_number dbSize) / 1048576)) MiB, of which $(($(status_number dbSizeInUse) / 1048576)) are in use"
