#!/bin/sh
# await-root-ca.sh
# Waits until every namespace has this machine's trust bundle of the Kubernetes CA as its kube-root-ca.crt, which pods get when
# they start: the controller manager that leads writes it, some seconds after it took the lead.
# Reference: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume (1.36)
set -eu
. /usr/local/lib/hardway/lib.sh

# One namespace a line, and whether it has the new or an old one. Asked as the controller manager, which may list everything.
list_namespaces() {
  KUBECACHEDIR=/run/hardway-kubectl /usr/local/bin/kubectl --kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig \
    get configmaps --all-namespaces --field-selector=metadata.name=kube-root-ca.crt --output=go-template="$template" > "$work/namespaces"
}

all_new() { list_namespaces && [ -s "$work/namespaces" ] && ! grep -q ' old$' "$work/namespaces"; }

make_work_dir
bundle=$(cat /etc/kubernetes/pki/ca.crt)
# A raw string of Go's templates may have lines.
template='{{ range .items }}{{ .metadata.namespace }}{{ if eq (index .data "ca.crt") `'"$bundle"'
` }} new{{ else }} old{{ end }}{{ "\n" }}{{ end }}'
if ! wait_until 90 "kube-root-ca.crt of every namespace" all_new; then
  cat "$work/namespaces" >&2
  exit 1
fi
