#!/bin/sh
# remove-node.sh NODE
# Runs on the control plane before a worker's machine goes: its pods move to other workers, as their
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
if [ "$ready" = True ]; then patience=120; else patience=1; fi
if ! as_remover drain "$node" --ignore-daemonsets --delete-emptydir-data --force \
  --timeout=240s --skip-wait-for-delete-timeout="$patience" > /run/hardway-drain 2>&1; then
  {
    echo "$node: its pods could not all be moved, so it stays, without new pods; see what holds them back, or: kubectl uncordon $node"
    tail -n 20 /run/hardway-drain
    as_remover get pods --all-namespaces --field-selector="spec.nodeName=$node" --output=wide
  } >&2
  exit 1
fi
as_remover delete node "$node" --ignore-not-found --timeout=60s
