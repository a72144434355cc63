#!/bin/sh
# kubelet-healthy.sh API_SERVER NODE [STORE]
# Succeeds when kubelet works and its Node is registered, and, once this machine has a pod network, when that Node is Ready
# by a report of the process that runs now: the API server goes on showing what the one before it said.
# The pod network comes as a pod, after the first kubelets, so a new machine need not be Ready.
# STORE: where kubelet keeps the certificates that it asked for, both of which must be there; without it Pulumi issued them.
set -eu
api=$1 node=$2 store=${3:-}
pki=/etc/kubernetes/pki
certificate=$pki/kubelet.crt key=$pki/kubelet.key

if [ -n "$store" ]; then
  certificate=$store/kubelet-client-current.pem key=$certificate
  [ -s "$certificate" ] || { echo "$node: kubelet has no client certificate; was its token of no use any more?" >&2 && exit 1; }
  [ -s "$store/kubelet-server-current.pem" ] ||
    { echo "$node: kubelet has no serving certificate; on the control plane: journalctl -u csr-approver" >&2 && exit 1; }
fi
curl --fail --silent --show-error --max-time 2 http://127.0.0.1:10248/healthz > /dev/null
# Without line breaks and spaces: the API server writes more of them for curl.
object=$(curl --fail --silent --show-error --max-time 5 --cacert "$pki/ca.crt" --cert "$certificate" \
  --key "$key" "$api/api/v1/nodes/$node" | tr -d ' \n')
[ -n "$object" ]
for network in /etc/cni/net.d/*.conf*; do [ -e "$network" ] && break; done
[ -e "$network" ] || exit 0

ready=$(printf %s "$object" | grep -o '"type":"Ready","status":"[A-Za-z]*","lastHeartbeatTime":"[^"]*"')
case $ready in
  *'"status":"True"'*) ;;
  *)
    echo "$node is not Ready: $ready" >&2
    exit 1
    ;;
esac
heard=${ready##*lastHeartbeatTime\":\"}
# In UTC: date does not know every name of a time zone that systemd writes.
started=$(TZ=UTC systemctl show --property=ExecMainStartTimestamp --value kubelet.service)
if [ "$(date --date "${heard%\"}" +%s)" -lt "$(date --date "$started" +%s)" ]; then
  echo "$node was last reported before its kubelet started ($started): $ready" >&2
  exit 1
fi
