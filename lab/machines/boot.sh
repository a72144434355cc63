#!/bin/sh
# boot.sh MACHINE_DIR LAUNCHER...
# One boot of a machine, started by supervisor.sh in a mount namespace of its own: the disk is mounted
# only as long as the machine runs, and no crash can leave the mount behind.
# Moves itself into the groups listed in MACHINE_DIR/cgroups, mounts the disk, becomes the launcher.
set -eu

dir=$1
shift
while read -r group; do
  echo $$ >"$group/cgroup.procs"
done <"$dir/cgroups"
mount -t overlay overlay -o "lowerdir=$ROOTFS,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
# nspawn mounts /sys before it joins the machine's network; started there, /sys shows the machine's interfaces.
exec nsenter --net="/run/netns/$MACHINE_NETNS" "$@"
