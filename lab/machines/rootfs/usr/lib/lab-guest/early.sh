#!/bin/sh
# Runs once per boot, from lab-guest.service.
# systemd-nspawn mounts cgroup v1 controllers read-only and private mounts; kubelet needs the opposite.
set -u

mount --make-rshared /

reexec=no
for controller in /sys/fs/cgroup/*; do
  [ -e "$controller/cgroup.procs" ] || continue
  [ -w "$controller/cgroup.procs" ] && mkdir "$controller/.writable" 2>/dev/null &&
    rmdir "$controller/.writable" && continue
  mount -o remount,rw,bind "$controller" 2>/dev/null || mount -o remount,rw "$controller" 2>/dev/null
  reexec=yes
done

# PID 1 looked at the controllers while they were read-only and would ignore every MemoryMax=.
# TERM makes it execute itself again and look once more.
[ "$reexec" = no ] || kill -TERM 1
