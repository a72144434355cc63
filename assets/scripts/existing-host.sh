#!/bin/sh
# existing-host.sh adopt|uninstall TAG NODE
# A host that is there before the cluster and after it. "adopt" notes how it is; "uninstall" takes away all that the
# cluster brought and nothing else. Data is never deleted: it is moved aside and named. Both can be cut off anywhere.
# Runs from stdin as root, so that it needs nothing of what it takes away.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
state=/var/lib/hardway

say() {
  echo "host $node: $1"
}

# What assets/scripts/block-metadata.sh makes.
metadata_rule() {
  iptables --wait --table raw "$1" PREROUTING --destination 169.254.169.254 --jump DROP 2> /dev/null
}

# was_there LINE: whether it was so before.
was_there() {
  grep -qsxF "$1" "$state/before"
}

adopt() {
  umask 022
  mkdir -p "$state"
  if [ ! -e "$state/before" ]; then
    {
      for key in net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables \
        fs.inotify.max_user_instances fs.inotify.max_user_watches; do
        if value=$(sysctl -n "$key" 2> /dev/null); then echo "sysctl $key $value"; fi
      done
      for user in etcd kube-apiserver kube-controller-manager kube-scheduler; do
        if id "$user" > /dev/null 2>&1; then echo "user $user"; fi
      done
      if metadata_rule --check; then echo 'rule metadata'; fi
      if mountpoint -q /run/netns; then echo 'mount /run/netns'; fi
      find /usr/local/lib/hardway -type f -printf 'file %p\n' 2> /dev/null || true
    } > "$state/.before"
    mv -f "$state/.before" "$state/before"
  fi
  echo "$tag $node" > "$state/.host"
  mv -f "$state/.host" "$state/host"
}

# The units say themselves whose they are. Timers first: what they start is to stay down.
our_units() {
  grep -ls '^# Written to /etc/systemd/system by components/' /etc/systemd/system/*.timer /etc/systemd/system/*.service | sed 's|.*/||' || true
}

# our_processes WHICH: "pods", or "all" with what runs them.
our_processes() {
  for process in /proc/[0-9]*; do
    if grep -qs kubepods "$process/cgroup"; then
      echo "${process#/proc/}"
    elif [ "$1" = all ]; then
      case $(readlink "$process/exe" 2> /dev/null || true) in /opt/hardway/*) echo "${process#/proc/}" ;; esac
    fi
  done
}

signal() {
  # shellcheck disable=SC2046 # one word per process
  set -- "$1" $(our_processes "$2")
  [ $# -eq 1 ] || kill -s "$@" 2> /dev/null || true
}

# Nothing starts again once the units are down; pods get ten seconds to end by themselves.
stop_everything() {
  units=$(our_units)
  if [ -n "$units" ]; then
    # shellcheck disable=SC2086 # one word per unit
    timeout 60 systemctl --quiet disable --now $units ||
      { systemctl --no-block stop $units; systemctl kill --signal KILL $units; } || true
  fi
  signal TERM pods
  tries=0
  while [ -n "$(our_processes pods)" ] && [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  tries=0
  while [ -n "$(our_processes all)" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 50 ]; then
      say "processes that cannot be killed: $(our_processes all | tr '\n' ' ')" >&2
      return 1
    fi
    signal KILL all
    sleep 0.1
  done
  timeout 20 systemctl --quiet stop kubepods.slice 2> /dev/null || true
  find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2> /dev/null || true
}

our_mounts() {
  awk '$5 ~ "^(/var/lib/kubelet/|/var/lib/containerd/|/run/containerd/|/run/netns/cni-)" { print $5 }' /proc/self/mountinfo |
    sed 's/\\040/ /g' | sort -r
}

unmount_everything() {
  our_mounts | while IFS= read -r mount; do
    timeout 10 umount "$mount" 2> /dev/null || timeout 10 umount --force --lazy "$mount" || true
  done
  left=$(our_mounts)
  [ -z "$left" ] && return
  # What is mounted would be deleted with the rest.
  say "cannot unmount $left" >&2
  return 1
}

# clean_rules PROGRAM: our chains, and the rules of others' chains that lead to them, in one go per table.
clean_rules() {
  command -v "$1-save" > /dev/null || return 0
  "$1-save" 2> /dev/null | awk '
    /^\*/ { table = $0; chains = rules = ends = ""; next }
    /^:(KUBE|FLANNEL|CNI)-/ { chains = chains $1 " - [0:0]\n"; ends = ends "-X " substr($1, 2) "\n"; next }
    /^-A (KUBE|FLANNEL|CNI)-/ { next }
    /^-A .* -[jg] (KUBE|FLANNEL|CNI)-/ { sub(/^-A/, "-D"); rules = rules $0 "\n"; next }
    /^COMMIT/ && (chains rules) != "" { printf "%s\n%s%s%sCOMMIT\n", table, chains, rules, ends }' > "$work"
  [ ! -s "$work" ] || "$1-restore" --noflush < "$work"
}

# `ip netns add` of assets/scripts/probe-pod-network.sh makes the directory a mount point; with somebody's namespace in it, it stays.
release_netns() {
  if was_there 'mount /run/netns' || [ -n "$(ls -A /run/netns 2> /dev/null)" ]; then return; fi
  if mountpoint -q /run/netns; then umount /run/netns; fi
}

remove_network() {
  for link in flannel.1 cni0; do
    if [ -e "/sys/class/net/$link" ]; then ip link delete "$link"; fi
  done
  rm -f /run/netns/cni-*
  release_netns
  if ! was_there 'rule metadata'; then metadata_rule --delete || true; fi
  work=$(mktemp)
  for family in iptables ip6tables; do
    clean_rules "$family-nft"
    # Asking the older half for its rules would load it.
    if grep -qs . "/proc/net/${family%tables}_tables_names"; then
      clean_rules "$family-legacy"
    fi
  done
  rm -f "$work"
}

# put_aside DIR NAME: by one rename, so that it is whole at one place or the other. A mount point stays where it is.
put_aside() {
  [ -n "$(find "$1" -mindepth 1 -maxdepth 1 ! -name 'removed-*' ! -name lost+found -print -quit 2> /dev/null)" ] || return 0
  if mountpoint -q "$1"; then
    mkdir -p "$1/removed-$now"
    find "$1" -mindepth 1 -maxdepth 1 ! -name 'removed-*' ! -name lost+found -exec mv -t "$1/removed-$now" {} +
    say "$1 is kept in $1/removed-$now"
    return
  fi
  (umask 077 && mkdir -p "/var/lib/hardway-removed/$now")
  mv "$1" "/var/lib/hardway-removed/$now/$2"
  say "$1 is kept in /var/lib/hardway-removed/$now/$2"
}

# forget_empty DIR: one that holds nothing that was put aside in it, and is no mount point.
forget_empty() {
  [ ! -d "$1" ] || mountpoint -q "$1" || rmdir --ignore-fail-on-non-empty "$1"
}

# Volumes of pods hold data, unless they only show objects of the cluster.
put_volumes_aside() {
  pods=/var/lib/kubelet/pods
  [ -d "$pods" ] || return 0
  find "$pods" -xdev -mindepth 2 -maxdepth 2 ! -name volumes -exec rm -rf --one-file-system {} +
  for kind in configmap downward-api projected secret; do
    find "$pods" -xdev -mindepth 3 -maxdepth 3 -name "kubernetes.io~$kind" -exec rm -rf --one-file-system {} +
  done
  find "$pods" -xdev -mindepth 1 -type d -empty -delete
  put_aside "$pods" volumes
}

# empty DIR...: and the directory itself, unless it is a mount point.
empty() {
  for dir in "$@"; do
    [ -d "$dir" ] || continue
    find "$dir" -xdev -mindepth 1 -delete
    mountpoint -q "$dir" || rmdir "$dir"
  done
}

remove_files() {
  for dir in /usr/local/bin /opt/cni/bin; do
    [ ! -d "$dir" ] || find "$dir" -maxdepth 1 -type l -lname '/opt/hardway/*' -delete
  done
  our_units | while read -r unit; do rm -f "/etc/systemd/system/$unit"; done
  rm -f /opt/cni/bin/flannel /etc/cni/net.d/10-flannel.conflist /etc/cni/net.d/.10-flannel.conflist \
    /etc/systemd/network/50-flannel.link /etc/systemd/logind.conf.d/99-kubelet.conf /etc/sysctl.d/90-hardway.conf \
    /var/lib/systemd/timers/stamp-etcd-backup.timer /etc/modules-load.d/hardway*.conf /etc/tmpfiles.d/hardway*.conf
  empty /etc/kubernetes /etc/etcd /etc/flannel /etc/containerd /run/containerd /run/flannel \
    /var/lib/cni /var/lib/containerd /var/lib/kubelet /var/log/containers /var/log/pods /opt/hardway
  plugins=/usr/libexec/kubernetes/kubelet-plugins
  # Some of these containerd and kubelet made.
  for dir in /opt/cni/bin /opt/cni /etc/cni/net.d /etc/cni /etc/systemd/logind.conf.d \
    /opt/containerd/bin /opt/containerd/lib /opt/containerd \
    "$plugins/volume/exec" "$plugins/volume" "$plugins" /usr/libexec/kubernetes; do
    [ ! -d "$dir" ] || rmdir --ignore-fail-on-non-empty "$dir"
  done
  rm -rf /run/hardway /run/hardway.* /run/hardway-*
  systemctl daemon-reload
  systemctl reset-failed > /dev/null 2>&1 || true
  # kubelet had it wait for pods before a shutdown.
  systemctl kill --signal HUP systemd-logind.service > /dev/null 2>&1 || true
}

# unmask: services that prepare-host.sh kept off. Their packages stay, and whoever wants one starts it.
unmask() {
  [ -e "$state/masked" ] || return 0
  while read -r unit; do
    [ "$(readlink "/etc/systemd/system/$unit")" = /dev/null ] || continue
    rm -f "/etc/systemd/system/$unit"
    systemctl daemon-reload
    systemctl --quiet disable "$unit" 2> /dev/null || true
  done < "$state/masked"
}

# Users and kernel settings as they were; what was there before stays.
restore() {
  users=/etc/sysusers.d/hardway.conf
  if [ -e "$users" ]; then
    awk '$1 == "u" { print $2 }' "$users" | while read -r user; do
      if ! was_there "user $user" && id "$user" > /dev/null 2>&1; then userdel "$user"; fi
    done
    rm -f "$users"
    rmdir --ignore-fail-on-non-empty "${users%/*}"
  fi
  [ -e "$state/before" ] || return 0
  while read -r what key value; do
    [ "$what" != sysctl ] || sysctl -q -w "$key=$value" 2> /dev/null || true
  done < "$state/before"
}

uninstall() {
  owner=$(cat "$state/host" 2> /dev/null || true)
  if [ "$owner" != "$tag $node" ]; then
    say "${owner:+belongs to $owner: }nothing to take away"
    return
  fi
  now=$(date -u +%Y%m%dT%H%M%SZ)
  stop_everything
  unmount_everything
  remove_network
  put_aside /var/lib/etcd etcd
  put_aside /var/log/kubernetes audit-log
  put_volumes_aside
  remove_files
  # Its timer is gone by now, and its directory comes with each start.
  put_aside /var/lib/etcd-backups etcd-backups
  forget_empty /var/lib/etcd-backups
  unmask
  restore
  if [ -s "$state/packages" ]; then
    say "packages that were installed for it stay: $(tr '\n' ' ' < "$state/packages" | sed 's/ *$//')"
  fi
  if [ -d /usr/local/lib/hardway ]; then
    find /usr/local/lib/hardway -type f | while IFS= read -r file; do
      was_there "file $file" || rm -f "$file"
    done
    rmdir --ignore-fail-on-non-empty /usr/local/lib/hardway
  fi
  # What says that this host is ours goes last.
  find "$state" -mindepth 1 ! -name host -delete
  rm -f "$state/host"
  rmdir "$state"
  say "uninstalled"
}

main() {
  verb=$1 tag=$2 node=$3
  "$verb"
}

# Not stdin: that is this script.
main "$@" < /dev/null
