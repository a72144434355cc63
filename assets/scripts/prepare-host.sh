#!/bin/sh
# prepare-host.sh ROLE PACKAGE... < BUNDLE
# Makes a fresh machine fit for the services: packages, users, kernel modules and settings.
set -eu
. /usr/local/lib/hardway/lib.sh

# Packages that are missing; a machine that has them all needs no network for this.
install_packages() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  # For who takes this cluster away one day.
  mkdir -p /var/lib/hardway
  # shellcheck disable=SC2086 # one word per package
  printf '%s\n' $missing >> /var/lib/hardway/packages
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=300 update
  # shellcheck disable=SC2086 # one word per package
  apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install $missing
}

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

role=$1
shift
make_work_dir
if command -v cloud-init > /dev/null; then
  # Its first boot may still be installing things; a warning of its own is not our failure.
  timeout 300 cloud-init status --wait > /dev/null || true
fi
install_packages "$@"
read_bundle
apply_bundle
systemd-sysusers /etc/sysusers.d/hardway.conf
# A kernel with these built in has no module to load.
while read -r module; do
  case $module in '#'*) ;; *) modprobe "$module" 2> /dev/null || true ;; esac
done < /etc/modules-load.d/hardway.conf
sysctl -q -p /etc/sysctl.d/90-hardway.conf
case $role in worker) fit_worker ;; esac
