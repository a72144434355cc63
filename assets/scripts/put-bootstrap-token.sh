#!/bin/sh
# put-bootstrap-token.sh NODE < ID.SECRET
# Runs on the control plane: lets the API know, for an hour, the token with which a worker's kubelet asks for its first certificate.
# approve-csrs.sh deletes it when it was used.
# Reference: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
set -eu
node=$1
token=$(cat)
id=${token%%.*} secret=${token#*.}
case $id.$secret in ??????.????????????????) ;; *) echo "$node: its token did not arrive whole; nothing was changed" >&2 && exit 1 ;; esac

pki=/etc/kubernetes/pki
/usr/local/lib/hardway/wait-for-api.sh https://127.0.0.1:6443
# The answer would be the token.
curl --fail --silent --show-error --max-time 20 --output /dev/null --cacert "$pki/ca.crt" \
  --cert "$pki/csr-approver.crt" --key "$pki/csr-approver.key" \
  --request PATCH --header Content-Type:application/apply-patch+yaml --data-binary @- \
  "https://127.0.0.1:6443/api/v1/namespaces/kube-system/secrets/bootstrap-token-$id?fieldManager=hardway&force=true" << SECRET
apiVersion: v1
kind: Secret
metadata: { name: bootstrap-token-$id, namespace: kube-system }
type: bootstrap.kubernetes.io/token
stringData:
  description: "$node asks for its first certificate"
  token-id: "$id"
  token-secret: "$secret"
  usage-bootstrap-authentication: "true"
  auth-extra-groups: system:bootstrappers:hardway
  expiration: "$(date -u --date '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
SECRET
