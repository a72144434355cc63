#!/bin/sh
# remove-node.sh NODE
# Runs on the control plane before a worker's machine goes: it is drained, as far as
# PodDisruptionBudgets allow, then its Node object is deleted. A node that is gone already is no error.
set -eu
. /usr/local/lib/hardway/node-lib.sh
node=$1

name=$(node_field "$node" .metadata.name)
[ -n "$name" ] || exit 0
drain "$node" "it stays"
as_remover delete node "$node" --ignore-not-found --timeout=60s
