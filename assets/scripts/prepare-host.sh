#!/bin/sh
# prepare-host.sh ROLE PACKAGE... < BUNDLE
# Makes a fresh machine fit for the services: packages, users, kernel modules and settings.
set -eu
. /usr/local/lib/hardway/lib.sh
. /usr/local/lib/hardway/packages.sh

# Settings that follow from this host's kernel and resolver, so they are found here and not in the stack.
fit_worker() {
  resolver=/etc/resolv.conf
  # The stub at 127.0.0.53 means nothing inside a pod: CoreDNS would ask itself in a loop.
  [ -e /run/systemd/resolve/resolv.conf ] && resolver=/run/systemd/resolve/resolv.conf
  {
    echo 'apiVersion: kubelet.config.k8s.io/v1beta1'
    echo 'kind: KubeletConfiguration'
    echo "resolvConf: $resolver"
    # cgroup v1 hosts cannot use the systemd driver here, and kubelet refuses them unless told.
    if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
      echo 'failCgroupV1: false'
      echo 'cgroupDriver: cgroupfs'
    fi
  } > "$work/kubelet"
  put_file "$work/kubelet" /etc/kubernetes/kubelet.conf.d/10-host.conf 0644 root:root
  if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
    {
      echo 'version = 3'
      echo "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]"
      echo 'SystemdCgroup = false'
    } > "$work/containerd"
    put_file "$work/containerd" /etc/containerd/conf.d/10-host.toml 0644 root:root
  fi
}

# keep_time: certificates and leases need clocks that agree, so somebody must set this one.
keep_time() {
  # A container's clock is its host's.
  if systemd-detect-virt --container --quiet; then return; fi
  if systemctl is-active --quiet systemd-timesyncd chrony chronyd ntpsec ntp ntpd openntpd; then return; fi
  # Whoever it is, e.g. a PTP clock: the kernel knows.
  if [ "$(timedatectl show --property NTPSynchronized --value 2> /dev/null)" = yes ]; then return; fi
  # Debian has one of them at a time: another would take away what its owner chose.
  for daemon in chrony ntpsec openntpd systemd-timesyncd; do
    if systemctl cat "$daemon.service" > /dev/null 2>&1; then break; fi
  done
  if [ "$(systemctl is-enabled "$daemon.service" 2> /dev/null)" = masked ]; then
    echo "$(hostname): $daemon.service is masked and no other sets the clock; unmask it, unless the hypervisor does"
    return
  fi
  if [ "$daemon" = systemd-timesyncd ]; then install_packages "$daemon"; fi
  systemctl enable --quiet --now "$daemon.service"
}

# keep_off SERVICE: one that comes with a package of which we want only the program must not run, not even once. One that is
# there already is somebody's, and none of our business.
keep_off() {
  case $(systemctl is-enabled "$1" 2> /dev/null || true) in '' | not-found) ;; *) return ;; esac
  # For who takes this cluster away one day.
  mkdir -p /var/lib/hardway
  echo "$1" >> /var/lib/hardway/masked
  systemctl --quiet mask "$1"
}

role=$1
shift
make_work_dir
read_bundle
if command -v cloud-init > /dev/null; then
  # Its first boot may still be installing things; a warning of its own is not our failure.
  timeout 300 cloud-init status --wait < /dev/null > /dev/null || true
fi
case $role in worker) keep_off haproxy.service ;; esac
install_packages "$@"
keep_time
apply_bundle
systemd-sysusers /etc/sysusers.d/hardway.conf
# A kernel with these built in has no module to load.
while read -r module; do
  case $module in '#'*) ;; *) modprobe "$module" 2> /dev/null || true ;; esac
done < /etc/modules-load.d/hardway.conf
sysctl -q -p /etc/sysctl.d/90-hardway.conf
case $role in worker) fit_worker ;; esac
