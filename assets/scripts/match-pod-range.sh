#!/bin/sh
# match-pod-range.sh API_SERVER NODE [STORE]
# Makes way for the range of pod addresses that NODE, this machine, has: a bridge and routes of another range, from before etcd began
# anew, would keep each new pod from starting. flannel makes them again. Where the range is the same, nothing is touched.
# STORE: where kubelet keeps the certificates that it asked for; without it Pulumi issued them.
set -eu
. /usr/local/lib/hardway/lib.sh
api=$1 node=$2 store=${3:-}
pki=/etc/kubernetes/pki
certificate=$pki/kubelet.crt key=$pki/kubelet.key
[ -z "$store" ] || certificate=$store/kubelet-client-current.pem key=$store/kubelet-client-current.pem
known=/run/flannel/subnet.env
[ -s "$known" ] || exit 0

ask_range() {
  range=$(curl --fail --silent --max-time 5 --cacert "$pki/ca.crt" --cert "$certificate" --key "$key" \
    "$api/api/v1/nodes/$node" | tr -d ' \n' | sed -n 's/.*"podCIDR":"\([^"]*\)".*/\1/p')
  [ -n "$range" ]
}

wait_until 60 "the pod CIDR of node $node" ask_range
# 10.200.1.0/24 is 10.200.1.1/24 in flannel's words.
had=$(sed -n 's/^FLANNEL_SUBNET=//p' "$known")
[ "${had%.*}.0/${had#*/}" != "$range" ] || exit 0
echo "$node: pods have $range from now on, and no more ${had%.*}.0/${had#*/}"
for link in cni0 flannel.1; do
  [ ! -e "/sys/class/net/$link" ] || ip link delete "$link"
done
rm -f "$known"
# One that already runs for the new range made its links before these went.
pkill -x flanneld || true
