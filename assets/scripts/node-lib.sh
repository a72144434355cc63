# Functions shared by the scripts that take a worker out of service; sourced, never run. They act on the control plane, with a
# certificate that may do this and nothing else.
# shellcheck shell=sh

as_remover() {
  # Otherwise its cache would stay in root's home.
  KUBECACHEDIR=/run/hardway-kubectl /usr/local/bin/kubectl --kubeconfig=/etc/kubernetes/node-remover.kubeconfig "$@"
}

# node_field NODE JSONPATH: of a node that is there; nothing of one that is not.
node_field() { as_remover get node "$1" --ignore-not-found --output="jsonpath={$2}"; }

# drain NODE WHAT-NOW: evicts its pods, as far as PodDisruptionBudgets allow, and leaves it cordoned.
drain() {
  ready=$(node_field "$1" '.status.conditions[?(@.type=="Ready")].status')
  # Nobody is there to end the pods of a dead machine: they are not waited for.
  if [ "$ready" = True ]; then wait=120; else wait=1; fi
  as_remover drain "$1" --ignore-daemonsets --delete-emptydir-data --force \
    --timeout=240s --skip-wait-for-delete-timeout="$wait" > /run/hardway-drain 2>&1 && return
  {
    echo "$1: not all of its pods could be evicted, so $2, cordoned; see what blocks them, or: kubectl uncordon $1"
    tail -n 20 /run/hardway-drain
    as_remover get pods --all-namespaces --field-selector="spec.nodeName=$1" --output=wide
  } >&2
  return 1
}
