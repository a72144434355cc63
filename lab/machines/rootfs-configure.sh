#!/bin/sh
# Runs once inside the fresh root file system (chroot), after the files of rootfs/ were copied in.
# Leaves an image that boots fast, belongs to nobody yet, and holds no host keys.
set -eu

# The hypervisor sets addresses; a machine without internet has no use for time servers and apt timers.
systemctl mask --quiet systemd-networkd.service systemd-networkd.socket \
  systemd-networkd-wait-online.service systemd-timesyncd.service systemd-resolved.service \
  console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-pcrphase.service \
  systemd-pcrphase-sysinit.service cloud-init-hotplugd.socket
# Views into the host's kernel.
systemctl mask --quiet sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount
systemctl disable --quiet nftables.service haproxy.service
systemctl enable --quiet ssh.service lab-guest.service

# A login needs no user manager; it costs 0.3 s of every first connection.
sed -i '/pam_systemd\.so/d' /etc/pam.d/common-session

# No user besides root, unless the user data wants one.
sed -i '/^users:/,/^ *- default/d' /etc/cloud/cloud.cfg

# Kernel-wide values belong to the host.
for file in 50-pid-max.conf 99-protect-links.conf; do ln -sf /dev/null "/etc/sysctl.d/$file"; done

rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/log/*.log /var/log/apt
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /etc/hostname
printf 'nameserver 10.240.0.1\n' >/etc/resolv.conf
mkdir -p /var/log/journal # as the installer of a real image leaves it
