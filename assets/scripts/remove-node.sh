#!/bin/sh
# remove-node.sh NODE
# Runs on the control plane before a worker's machine goes: it is drained, as far as
# PodDisruptionBudgets allow, then its Node object is deleted. A node that is gone already is no error.
set -eu
node=$1

as_remover() {
  # Otherwise its cache would stay in root's home.
  KUBECACHEDIR=/run/hardway-kubectl /usr/local/bin/kubectl --kubeconfig=/etc/kubernetes/node-remover.kubeconfig "$@"
}

[ -n "$(as_remover get node "$node" --ignore-not-found --output=name)" ] || exit 0
ready=$(as_remover get node "$node" --output='jsonpath={.status.conditions[?(@.type=="Ready")].status}')
# Nobody is there to end the pods of a dead machine: they are not waited for.
if [ "$ready" = True ]; then wait=120; else wait=1; fi
if ! as_remover drain "$node" --ignore-daemonsets --delete-emptydir-data --force \
  --timeout=240s --skip-wait-for-delete-timeout="$wait" > /run/hardway-drain 2>&1; then
  {
    echo "$node: not all of its pods could be evicted, so it stays, cordoned; see what blocks them, or: kubectl uncordon $node"
    tail -n 20 /run/hardway-drain
    as_remover get pods --all-namespaces --field-selector="spec.nodeName=$node" --output=wide
  } >&2
  exit 1
fi
as_remover delete node "$node" --ignore-not-found --timeout=60s
