#!/bin/sh
# cordon-node.sh NODE MINOR
# Runs on the control plane before a worker gets a kubelet of Kubernetes MINOR, e.g. 1.37: where it has another minor version, it
# takes no new pods and those that it has move to others, as their PodDisruptionBudgets allow. A patch moves nothing.
# Cut off anywhere it is run again; uncordon-node.sh undoes what it did, and only that.
# Reference: https://kubernetes.io/releases/version-skew-policy/#kubelet-1
set -eu
. /usr/local/lib/hardway/node-lib.sh
node=$1 minor=$2

version=$(node_field "$node" .status.nodeInfo.kubeletVersion)
case $version in '' | "v$minor."*) exit 0 ;; esac
# Whoever cordoned it himself wants it to stay so.
unschedulable=$(node_field "$node" .spec.unschedulable)
if [ "$unschedulable" != true ]; then
  as_remover annotate node "$node" --overwrite "hardway.dev/cordoned-for=$minor" > /dev/null
fi
drain "$node" "it keeps its kubelet for now"
