#!/bin/sh
# probe-pod-network.sh NODE PEER=ADDRESS...
# Returns once packets go from Pods of this NODE to every PEER and back; ADDRESS is the peer's private one. Says which pair
# cannot talk, and what stands between them, when one does not.
# A namespace is attached as the runtime attaches a Pod's, and asks every peer's address in the pod network. So its packets
# take a Pod's way: this host's bridge and forward chain, the tunnel, the peer, and all of that back.
set -eu
. /usr/local/lib/hardway/lib.sh
PATH=$PATH:/usr/sbin:/sbin
space=hardway-probe

# cni ADD|DEL: the name is that of our CNI configuration, so that no Pod has or gets the same address.
cni() {
  CNI_COMMAND=$1 CNI_CONTAINERID=$space CNI_NETNS=/var/run/netns/$space CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin \
    /opt/cni/bin/flannel << 'END'
{"name": "cbr0", "cniVersion": "0.3.1", "type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}}
END
}

detach() {
  if [ -e "/var/run/netns/$space" ]; then
    cni DEL > /dev/null 2>&1 || true
    ip netns delete "$space" || true
  fi
}

attach() {
  # A run that was cut off may have left it.
  detach
  ip netns add "$space"
  said=$(cni ADD 2>&1)
}

# pod_address ADDRESS: where the pod network has the node with this private address, as flanneld told the kernel.
pod_address() {
  mac=$(bridge fdb show dev flannel.1 | awk -v to="$1" '{ for (i = 2; i < NF; i++) if ($i == "dst" && $(i + 1) == to) { print $1; exit } }')
  [ -n "$mac" ] || return 1
  ip -4 neigh show dev flannel.1 | awk -v mac="$mac" '{ for (i = 2; i <= NF; i++) if ($i == mac) { print $1; exit } }'
}

answers() {
  ping -q -c 1 -W 1 "$@" > /dev/null 2>&1
}

reaches() {
  to=$(pod_address "$1") && [ -n "$to" ] && ip netns exec "$space" ping -q -c 1 -W 1 "$to" > /dev/null 2>&1
}

# What in the kernel may drop what a host only passes on.
forward_filters() {
  if [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 ]; then echo "net.ipv4.ip_forward is 0"; fi
  if command -v nft > /dev/null; then
    nft list chains 2> /dev/null | awk '
      $1 == "table" { table = $2 " " $3 }
      $1 == "chain" { chain = $2 }
      /hook forward/ && /policy drop/ { print "nft chain " table " " chain " drops what it does not name" }'
  fi
}

# explain PEER ADDRESS
explain() {
  if ! to=$(pod_address "$2") || [ -z "$to" ]; then
    what="flanneld of $1 has not joined the pod network; look at its log there"
  elif answers "$to"; then
    found=$(forward_filters | awk '{ printf "%s%s", sep, $0; sep = ", " }')
    what="$node itself does, so this host does not forward packets of Pods${found:+: $found}; let podCidr pass its forward chain"
  elif answers "$2"; then
    what="udp/8472 is lost between the two hosts, which do answer each other's pings; let it pass both ways"
  else
    what="$2 does not even answer a ping; let udp/8472 pass both ways in every firewall between the two"
  fi
  echo "$node: Pods of this node cannot reach $1 ($2): $what" >&2
}

node=$1
shift
trap detach EXIT
trap 'exit 130' INT TERM HUP
# On a node that joins a living cluster flannel's Pod may still be on its way.
deadline=$(($(date +%s) + 180))
until attach; do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo "$node: the CNI plugin does not give Pods of this node a network: $said" >&2
    exit 1
  fi
  sleep 1
done
# A peer that is made anew in the same run has its own first boot before it.
deadline=$(($(date +%s) + 120))
for peer in "$@"; do
  until reaches "${peer#*=}"; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      explain "${peer%%=*}" "${peer#*=}"
      failed=1
      break
    fi
    sleep 0.1
  done
done
exit "${failed:-0}"
