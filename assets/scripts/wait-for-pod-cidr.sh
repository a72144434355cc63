#!/bin/sh
# wait-for-pod-cidr.sh URL NODE
# Returns once the controller manager has given NODE its range of pod addresses.
set -eu
. /usr/local/lib/hardway/lib.sh

has_pod_cidr() {
  curl --fail --silent --max-time 2 --cacert /etc/kubernetes/pki/ca.crt \
    --cert /etc/flannel/pki/flanneld.crt --key /etc/flannel/pki/flanneld.key "$1/api/v1/nodes/$2" | grep -q '"podCIDR"'
}

wait_until 60 "the pod CIDR of node $2" has_pod_cidr "$1" "$2"
