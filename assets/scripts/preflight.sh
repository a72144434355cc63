#!/bin/sh
# preflight.sh NODE ARCHITECTURE PRIVATE_IP TAG
# Looks at a host that is there already, before anything is changed on any host. Says everything that is wrong with it
# at once, one line each with what to do, and changes nothing itself.
# Runs from stdin as the login's user, who may be nobody special. Before it come preflight-network.sh and variables: `origins` has the URLs
# of which programs are downloaded, `programs` what goes to /usr/local/bin, `ports` what must be free, e.g. tcp/6443.
# shellcheck shell=sh disable=SC2154
set -u
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
state=/var/lib/hardway

# wrong WHAT FIX
wrong() {
  # No echo: to it the backslash of CORP\user may be the beginning of a sign.
  printf '%s\n' "host $node: $1; $2" >&2
  failed=1
}

one_line() {
  tr '\n' ' ' | sed 's/ $//'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

check_root() {
  [ "$(id -u)" = 0 ] && return
  user=$(id -un)
  if ! command -v sudo > /dev/null; then
    wrong "$user is not root and there is no sudo" "log in as root, or install sudo"
  elif ! said=$(sudo -n true 2>&1); then
    # In sudoers a backslash is written twice.
    line=$(printf '%s\n' "$user" | sed 's/\\/&&/g')
    case $said in
      *tty*) line="Defaults:$line !requiretty" ;;
      *) line="$line ALL=(ALL) NOPASSWD: ALL" ;;
    esac
    wrong "sudo refuses $user${said:+ ($(printf '%s\n' "$said" | head -n 1))}" "write '$line' to /etc/sudoers.d/hardway"
  fi
}

check_system() {
  # shellcheck source=/dev/null
  os=$(. /etc/os-release 2> /dev/null; echo "${ID:-unknown} ${VERSION_ID:-}")
  case $os in
    'debian 12' | 'debian 13' | 'ubuntu 24.04') ;;
    *) wrong "runs $os" "use Debian 12, Debian 13 or Ubuntu 24.04" ;;
  esac
  [ -d /run/systemd/system ] || wrong "is not run by systemd" "use a machine that boots with systemd"
  case $(uname -m) in
    x86_64) machine=amd64 ;;
    aarch64) machine=arm64 ;;
    *) machine=$(uname -m) ;;
  esac
  [ "$machine" = "$architecture" ] || wrong "is $machine and not $architecture" "set host.architecture: $machine"
}

# The least of a memory or disk is what an idle node with its images takes.
check_room() {
  memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
  [ "$memory" -ge 900 ] || wrong "has $memory MiB of memory" "use a host of 1 GiB or more"
  least=5120
  if is_ours; then least=1024; fi
  free=$(df -Pk /var/lib | awk 'END { print int($4 / 1024) }')
  [ "$free" -ge "$least" ] || wrong "has $free MiB free in /var/lib" "make room: $least MiB"
}

# http_date URL: what the clock of a server says; fails with a reason.
http_date() {
  if command -v curl > /dev/null; then
    # Not verified: that would need a clock that is right.
    curl --silent --show-error --head --insecure --max-time 10 "$1" 2>&1
  else
    # Any answer will do, also one that there is no such page.
    wget --server-response --spider --no-check-certificate --timeout 10 --tries 1 "$1" 2>&1
  fi | tr -d '\r' | awk '
    tolower($1) == "date:" { sub(/^ *[^ ]* */, ""); found = $0 }
    { last = $0 }
    END { print found != "" ? found : last; exit found == "" }'
}

# A clock that is off makes certificates invalid. Without curl and wget only the host itself can tell.
check_clock() {
  if ! command -v curl > /dev/null && ! command -v wget > /dev/null; then
    [ "$(timedatectl show --property NTPSynchronized --value 2> /dev/null)" = yes ] ||
      wrong "has a clock that nobody sets, and no curl to compare it" "install systemd-timesyncd, and curl"
    return
  fi
  off=0
  for origin in $origins; do
    if ! answer=$(http_date "$origin"); then
      wrong "cannot reach $origin: $answer" "let it out to there, or set artifacts.mirror"
    elif there=$(date -d "$answer" +%s 2> /dev/null); then
      off=$(($(date +%s) - there))
    fi
  done
  if [ "${off#-}" -gt 30 ]; then
    case $off in -*) what="${off#-} s behind" ;; *) what="$off s ahead" ;; esac
    wrong "has a clock that is $what" "install systemd-timesyncd, or set the clock"
  fi
}

check_address() {
  addresses=$(ip -o -4 address show | awk '{ sub(/\/.*/, "", $4); print $4 }')
  echo "$addresses" | grep -qxF "$private_ip" ||
    wrong "has no interface with $private_ip, only $(echo "$addresses" | one_line)" \
      "set host.privateAddress to the one in the network of the nodes"
}

# The kernel's parts may be modules, built in, or not visible from inside of a container.
has_part() {
  [ -e "/sys/module/$1" ] || modprobe --dry-run --quiet "$1" 2> /dev/null && return
  case $1 in
    overlay) grep -qw overlay /proc/filesystems ;;
    br_netfilter) [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] ;;
    nf_conntrack) [ -e /proc/sys/net/netfilter/nf_conntrack_max ] ;;
    vxlan) as_root unshare --net ip link add type vxlan id 1 dstport 0 2> /dev/null ;;
    # The older half of iptables will do as well.
    nf_tables) [ -e /proc/net/ip_tables_names ] || has_part ip_tables || as_root nft list tables > /dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}

check_kernel() {
  missing=
  for part in overlay br_netfilter vxlan nf_conntrack nf_tables; do
    has_part "$part" || missing="$missing $part"
  done
  [ -z "$missing" ] ||
    wrong "has a kernel $(uname -r) without$missing" "use the distribution's kernel, or a virtual machine with one of its own"
  off=
  for controller in cpu cpuset memory pids; do
    if [ -r /sys/fs/cgroup/cgroup.controllers ]; then
      grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers || off="$off $controller"
    else
      awk -v it="$controller" '$1 == it && $4 == 1 { found = 1 } END { exit !found }' /proc/cgroups || off="$off $controller"
    fi
  done
  [ -z "$off" ] ||
    wrong "has cgroups without$off" "add cgroup_enable=memory systemd.unified_cgroup_hierarchy=1 to the kernel's command line"
}

# Whether this host is this node already: then what is on it is ours.
is_ours() {
  [ "$(cat "$state/host" 2> /dev/null)" = "$tag $node" ]
}

# holds_something DIR
holds_something() {
  set -- "$1" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit
  [ -n "$({ as_root find "$@" || find "$@"; } 2> /dev/null)" ]
}

# What others put on this host and we would overwrite, or take away in the end.
check_others() {
  if is_ours; then return; fi
  if [ -e "$state/host" ]; then
    read -r other_tag other_node < "$state/host"
    wrong "is $other_node of the cluster ${other_tag#hardway-}" "destroy that cluster, or see \"Uninstall by hand\" in docs/existing.md"
    return
  fi
  found=
  for program in containerd dockerd kubelet k3s k0s rke2 microk8s crio; do
    if command -v "$program" > /dev/null; then found="$found $program"; fi
  done
  [ -z "$found" ] || wrong "has a container runtime or Kubernetes of its own:$found" "remove it, or use another host"
  found=
  for dir in /etc/kubernetes /etc/etcd /etc/flannel /etc/containerd /etc/cni/net.d /opt/cni/bin /opt/hardway \
    /var/lib/cni /var/lib/containerd /var/lib/etcd /var/lib/kubelet; do
    if holds_something "$dir"; then found="$found $dir"; fi
  done
  for program in $programs; do
    for file in "/usr/local/bin/$program" "/etc/systemd/system/$program.service" "/lib/systemd/system/$program.service"; do
      if [ -e "$file" ]; then found="$found $file"; fi
    done
  done
  for link in cni0 flannel.1; do
    if [ -e "/sys/class/net/$link" ]; then found="$found $link"; fi
  done
  if command -v iptables-save > /dev/null && as_root iptables-save 2> /dev/null | grep -Eq '^:(KUBE|FLANNEL|CNI)-'; then
    found="$found KUBE-*, FLANNEL-* or CNI-* chains of iptables"
  fi
  [ -z "$found" ] || wrong "has what this cluster would bring:$found" "remove it or move it away"
}

# is_our_process PID: runs one of our programs, or is in a pod, or in our unit that runs the distribution's haproxy.
is_our_process() {
  case $(as_root readlink "/proc/$1/exe") in /opt/hardway/*) return 0 ;; esac
  grep -Eqs 'kubepods|/api-balancer\.service$' "/proc/$1/cgroup"
}

check_ports() {
  if ! command -v ss > /dev/null; then
    wrong "has no ss" "install iproute2"
    return
  fi
  listening=$({
    as_root ss -Hltnp || ss -Hltn
    as_root ss -Hlunp || ss -Hlun
  } 2> /dev/null)
  taken=
  for port in $ports; do
    case $port in tcp/*) kind=LISTEN ;; *) kind=UNCONN ;; esac
    line=$(echo "$listening" | awk -v kind="$kind" -v port=":${port#*/}" \
      '$1 == kind && substr($4, length($4) - length(port) + 1) == port { print; exit }')
    [ -n "$line" ] || continue
    pid=$(echo "$line" | sed -n 's/.*pid=\([0-9]*\).*/\1/p')
    program=$(echo "$line" | sed -n 's/.*(("\([^"]*\)".*/\1/p')
    # flannel's port is the kernel's own, without a process.
    if [ -n "$pid" ]; then is_our_process "$pid" && continue; elif is_ours; then continue; fi
    taken="$taken, $port${program:+ by $program}"
  done
  [ -z "$taken" ] || wrong "has ports that are taken: ${taken#, }" "stop what listens there"
}

main() {
  node=$1 architecture=$2 private_ip=$3 tag=$4 failed=0
  started=$(date +%s)
  check_root
  check_system
  check_room
  check_clock
  check_address
  check_kernel
  check_others
  check_ports
  check_resolvers
  check_forwarding
  check_settings
  [ "$failed" = 0 ] && return
  # The first error stops Pulumi from starting more; by then the other hosts' checks run too, and end.
  rest=$((started + 3 - $(date +%s)))
  [ "$rest" -le 0 ] || sleep "$rest"
  exit 1
}

# Not stdin: that is this script.
main "$@" < /dev/null
