#!/bin/sh
# supervisor.sh MACHINE_DIR LAUNCHER...
# Keeps one machine running: boots it, boots it again after `systemctl reboot` inside, ends when it powers off.
# One process per machine, detached from everything, so that a machine outlives whoever started it.
# Every boot gets fresh interfaces and a fresh cgroup, as a new start of a real machine would.
#
# LAUNCHER is the systemd-nspawn command line. From the environment, as supervise.ts sets it:
#   MACHINE_ID LAB_NETNS MACHINE_NETNS LAB_ADDRESS PUBLIC_IP PRIVATE_IP PRIVATE_PREFIX (both "" without a VPC)
#   ROOTFS                          lower directory of the disk
#   CGROUP_BASES CGROUP_GROUP       one directory per hierarchy, ":"-separated, and the group of the lab in it
#   CPU_QUOTA_US CPU_PERIOD_US MEMORY_BYTES     a quota of -1 is none
set -eu
umask 022

dir=$1
shift
boot=$(dirname "$0")/boot.sh

# Held as long as this process lives: two supervisors would mount one disk twice.
exec 9>"$dir/supervisor.lock"
flock --nonblock 9 || {
  echo "$dir: already supervised" >&2
  exit 1
}
echo $$ >"$dir/supervisor.pid"

groups() { # NAME: that group's directory in every hierarchy
  (IFS=: && for base in $CGROUP_BASES; do echo "$base/$CGROUP_GROUP/$1"; done)
}

make_group() ( # DIRECTORY; a subshell, for $parent
  parent=${1%/*}
  # Also when it exists: another machine may be just between making and filling it.
  [ "${parent##*/}" != "$CGROUP_GROUP" ] || make_group "$parent"
  if [ -e "$parent/cgroup.subtree_control" ]; then # v2: a child has what its parent hands on
    for controller in cpu cpuset io memory pids; do
      ! grep -qw "$controller" "$parent/cgroup.controllers" ||
        echo "+$controller" >"$parent/cgroup.subtree_control"
    done
  fi
  mkdir -p "$1"
  for set in cpuset.cpus cpuset.mems; do # v1: born empty, and unusable until filled
    [ ! -e "$1/cpuset.effective_cpus" ] || cat "$parent/$set" >"$1/$set"
  done
)

# To the scheduler a whole group counts as one process: let a lab's machines together count as four, so that they
# are not starved by what talks to them.
weigh_lab() { # DIRECTORY of a machine
  [ ! -e "${1%/*}/cpu.shares" ] || echo 4096 >"${1%/*}/cpu.shares"
  [ ! -e "${1%/*}/cpu.weight" ] || echo 400 >"${1%/*}/cpu.weight"
}

limit_group() { # DIRECTORY
  if [ -e "$1/cpu.cfs_quota_us" ]; then
    echo "$CPU_PERIOD_US" >"$1/cpu.cfs_period_us"
    echo "$CPU_QUOTA_US" >"$1/cpu.cfs_quota_us"
  fi
  [ ! -e "$1/cpu.max" ] || echo "$CPU_QUOTA_US $CPU_PERIOD_US" >"$1/cpu.max"
  [ ! -e "$1/memory.limit_in_bytes" ] || echo "$MEMORY_BYTES" >"$1/memory.limit_in_bytes"
  [ ! -e "$1/memory.max" ] || echo "$MEMORY_BYTES" >"$1/memory.max"
  [ ! -e "$1/memory.swap.max" ] || echo 0 >"$1/memory.swap.max"
}

remove_group() { # DIRECTORY
  # Empty after an orderly end. When nspawn was killed the machine still runs, without its network.
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -d "$1" ] || return 0
    find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null | xargs -r kill -KILL 2>/dev/null || :
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || :
    [ ! -d "$1" ] || sleep 0.1
  done
}

network_down() {
  # The lab's ends go first and at once: the kernel frees a namespace only some time later.
  ip -n "$LAB_NETNS" link del "$MACHINE_ID-pub" 2>/dev/null || :
  ip -n "$LAB_NETNS" link del "$MACHINE_ID-vpc" 2>/dev/null || :
  ip netns del "$MACHINE_NETNS" 2>/dev/null || :
}

network_up() {
  network_down
  ip netns add "$MACHINE_NETNS"
  ip -n "$LAB_NETNS" link add "$MACHINE_ID-pub" type veth peer name eth0 netns "$MACHINE_NETNS"
  ip -n "$LAB_NETNS" -batch - <<LAB
link set $MACHINE_ID-pub up
route replace $PUBLIC_IP/32 dev $MACHINE_ID-pub src $LAB_ADDRESS
LAB
  ip -n "$MACHINE_NETNS" -batch - <<MACHINE
link set lo up
address add $PUBLIC_IP/32 dev eth0
link set eth0 up
route add default via $LAB_ADDRESS dev eth0 onlink
MACHINE
  [ -n "$PRIVATE_IP" ] || return 0
  ip -n "$LAB_NETNS" link add "$MACHINE_ID-vpc" type veth peer name eth1 netns "$MACHINE_NETNS"
  # The lab answers ARP for the neighbours, without the usual random delay, and routes to them.
  nsenter --net="/run/netns/$LAB_NETNS" sh -c '
    echo 1 >"/proc/sys/net/ipv4/conf/$1/proxy_arp"
    echo 0 >"/proc/sys/net/ipv4/neigh/$1/proxy_delay"' sh "$MACHINE_ID-vpc"
  ip -n "$LAB_NETNS" -batch - <<LAB
link set $MACHINE_ID-vpc up
route replace $PRIVATE_IP/32 dev $MACHINE_ID-vpc
LAB
  ip -n "$MACHINE_NETNS" -batch - <<MACHINE
address add $PRIVATE_IP/$PRIVATE_PREFIX dev eth1
link set eth1 up
MACHINE
}

step_aside() { # on cgroup v2 a group either holds processes or hands on controllers
  (IFS=: && for base in $CGROUP_BASES; do echo "$base"; done) | while read -r base; do
    [ -e "$base/cgroup.type" ] || continue # the root group may do both
    if [ -n "$(cat "$base/cgroup.controllers")" ] && grep -qx $$ "$base/cgroup.procs"; then
      mkdir -p "$base/supervisor" && echo $$ >"$base/supervisor/cgroup.procs"
    fi
  done
}

main() { # LAUNCHER...
  step_aside
  status=133
  while [ "$status" = 133 ]; do # what nspawn ends with when the machine asked for a reboot
    name=$MACHINE_ID.$(date +%s%N)
    groups "$name" | while read -r group; do
      make_group "$group"
      weigh_lab "$group"
      limit_group "$group"
    done
    network_up
    groups "$name" >"$dir/cgroups"
    status=0
    unshare --mount --propagation slave sh "$boot" "$dir" "$@" 9>&- || status=$?
    echo "$(date -Is) machine ended with $status" >&2
    network_down
    groups "$name" | while read -r group; do remove_group "$group"; done
  done
  rm -f "$dir/cgroups" "$dir/supervisor.pid"
}

# On one line: sh reads on while it runs, and this file may be another one by then.
main "$@"; exit
