#!/bin/sh
# rewrite-secrets.sh KEY
# Has the API server write every Secret anew that is not encrypted with KEY in etcd, and ends well only when none is left: what lies
# in etcd is looked at byte for byte. It can be cut off anywhere and run again.
# Reference: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#rotating-a-decryption-key (1.36)
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

# As the controller manager, which may read and write Secrets. What they hold goes from one kubectl to the other.
kubectl_as_manager() {
  KUBECACHEDIR=/run/hardway-kubectl /usr/local/bin/kubectl --kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig "$@"
}

# list_stale: NAMESPACE/NAME of every Secret in etcd that does not begin as KEY's do.
list_stale() {
  ask get /registry/secrets/ --prefix --keys-only > "$work/paths"
  : > "$work/stale"
  while read -r path; do
    [ -n "$path" ] || continue
    ask get "$path" --print-value-only > "$work/value"
    # Empty: it was deleted meanwhile.
    [ -s "$work/value" ] || continue
    head -c "${#prefix}" "$work/value" | cmp -s - "$work/prefix" || echo "${path#/registry/secrets/}" >> "$work/stale"
  done < "$work/paths"
}

# One that is changed by somebody else meanwhile is refused, and its turn comes again.
rewrite_stale() {
  cut -d/ -f1 "$work/stale" | sort -u | while read -r namespace; do
    kubectl_as_manager get secrets --namespace="$namespace" --output=json |
      kubectl_as_manager replace --validate=false --filename=- > /dev/null 2> "$work/refused" || true
  done
}

prefix=k8s:enc:secretbox:v1:$1:
make_work_dir
printf %s "$prefix" > "$work/prefix"
for _ in 1 2 3 4 5; do
  list_stale
  [ -s "$work/stale" ] || exit 0
  rewrite_stale
done
{
  echo "$(hostname): these Secrets could not be encrypted with $1, so the older keys are still needed:"
  cat "$work/stale" "$work/refused"
} >&2
exit 1
