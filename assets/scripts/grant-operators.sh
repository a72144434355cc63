#!/bin/sh
# grant-operators.sh < BUNDLE
# Writes the kubeconfig for emergencies and gives the operators' group its rights with it: /etc/kubernetes/operators.yaml. It is for
# people too: kubectl --kubeconfig /etc/kubernetes/emergency.kubeconfig apply --server-side -f /etc/kubernetes/operators.yaml
# Reference: https://kubernetes.io/docs/reference/using-api/server-side-apply/
set -eu
. /usr/local/lib/hardway/lib.sh

make_work_dir
read_bundle
apply_bundle
# curl, since kubectl takes longer to start than this takes. An API server that was ready may just be restarting.
curl --fail --silent --show-error --output /dev/null --max-time 10 --retry 10 --retry-delay 1 --retry-all-errors \
  --cacert /etc/kubernetes/pki/ca.crt --cert /etc/kubernetes/pki/emergency.crt --key /etc/kubernetes/pki/emergency.key \
  --request PATCH --header Content-Type:application/apply-patch+yaml --data-binary @- \
  "https://127.0.0.1:6443/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/hardway:operators?fieldManager=hardway&force=true" \
  < /etc/kubernetes/operators.yaml
