#!/bin/sh
# keep-packet-filter.sh
# Keeps up what a reload of the host's firewall takes away and only the start of a pod or of kubelet would make again: the
# block of the metadata service and the ports of the host that lead to pods. kube-proxy and flannel look after their own rules.
# Forwarding too, which a later file of sysctl.d or a tool that hardens hosts switches off, while the Node stays Ready.
# Runs for ever, as hardway-packet-filter.service.
set -eu
results=/var/lib/cni/results

say() {
  echo "packet filter: $1"
}

# value_of KEY FILE: a text of what containerd noted of a pod's network.
# See `cachedInfo` in https://github.com/containernetworking/cni/blob/main/libcni/api.go
value_of() {
  sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$2"
}

# portmap ADD|DEL FILE: has the plugin do again what it did when the pod came; doing it twice is the same as once.
portmap() {
  network=$(value_of networkName "$2")
  sed -n 's/.*,"capabilityArgs":\(.*\),"result":\({"cniVersion":"\([^"]*\)".*}\)}$/{"cniVersion":"\3","name":"'"$network"'","type":"portmap","runtimeConfig":\1,"prevResult":\2}/p' "$2" |
    CNI_COMMAND=$1 CNI_CONTAINERID=$(value_of containerId "$2") CNI_NETNS=$(value_of netns "$2") \
      CNI_IFNAME=$(value_of ifName "$2") CNI_PATH=/opt/cni/bin /opt/cni/bin/portmap > "$work/answer"
}

# lost_ports: the notes of running pods whose host ports lead nowhere.
lost_ports() {
  iptables --wait --table nat --check PREROUTING --match addrtype --dst-type LOCAL --jump CNI-HOSTPORT-DNAT 2> /dev/null &&
    leads_to=$(iptables --wait --table nat --list-rules CNI-HOSTPORT-DNAT) || leads_to=
  grep -ls '"HostPort":' "$results"/* | while IFS= read -r note; do
    [ -e "$(value_of netns "$note")" ] || continue
    # Of the loopback interface there is a note with the same ports, whose network has no such plugin.
    value_of config "$note" | base64 -d | grep -q '"portmap"' || continue
    # The plugin's own name for a pod's chain.
    chain=CNI-DN-$(printf %s "$(value_of networkName "$note")$(value_of containerId "$note")" | sha512sum | cut -c 1-21)
    case $leads_to in *"$chain"*) ;; *) echo "$note" ;; esac
  done
}

keep_metadata_blocked() {
  before=$(iptables --wait --table raw --list-rules PREROUTING)
  /usr/local/lib/hardway/block-metadata.sh
  case $before in *169.254.169.254*) ;; *) say "the metadata service is blocked again" ;; esac
}

# A key that this kernel does not have is no reason to fail.
keep_forwarding() {
  for key in net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables; do
    [ "$(sysctl -n "$key" 2> /dev/null)" = 0 ] || continue
    if sysctl -q -w "$key=1"; then say "$key is 1 again"; fi
  done
}

# A pod that comes or goes has its rules for a moment before or after its note: only what is lost at a second look counts.
keep_host_ports() {
  first=$(lost_ports)
  [ -n "$first" ] || return 0
  sleep 1
  lost_ports | while IFS= read -r note; do
    case $first in *"$note"*) ;; *) continue ;; esac
    cp "$note" "$work/note" 2> /dev/null || continue
    pod=$(value_of containerId "$work/note")
    if ! portmap ADD "$work/note"; then
      say "the host ports of pod $pod cannot be made to lead to it: $(tr -s '\n ' ' ' < "$work/answer")" >&2
      continue
    fi
    say "the host ports of pod $pod lead to it again"
    sleep 1
    # It went meanwhile, and nobody else would take the rules away.
    [ -e "$note" ] || portmap DEL "$work/note" || true
  done
}

work=$(mktemp -d /run/hardway.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 0' TERM INT
while :; do
  keep_forwarding
  keep_metadata_blocked
  keep_host_ports
  sleep 5
done
