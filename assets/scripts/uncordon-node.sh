#!/bin/sh
# uncordon-node.sh NODE
# Runs on the control plane when a worker's services are healthy: it takes new pods again, if it was cordon-node.sh that cordoned it.
set -eu
. /usr/local/lib/hardway/node-lib.sh
node=$1

cordoned=$(node_field "$node" '.metadata.annotations.hardway\.dev/cordoned-for')
[ -n "$cordoned" ] || exit 0
as_remover uncordon "$node" > /dev/null
as_remover annotate node "$node" hardway.dev/cordoned-for- > /dev/null
