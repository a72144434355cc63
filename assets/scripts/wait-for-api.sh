#!/bin/sh
# wait-for-api.sh URL
# Returns once the API server at URL says that it is ready, its own RBAC rules included.
set -eu
. /usr/local/lib/hardway/lib.sh
wait_until 60 "$1/readyz" curl --fail --silent --max-time 2 --cacert /etc/kubernetes/pki/ca.crt "$1/readyz"
