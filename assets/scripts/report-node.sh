#!/bin/sh
# report-node.sh NODE PRIVATE_IP HAS_BACKUPS
# Says in the cluster how this control-plane machine is, as kubelet does for a worker: renews the Node's lease every 10 s,
# and writes the Node's status when it is not what it should be, and every 5 minutes. Ready means that every service
# below is healthy, CertificatesExpiring that a certificate on this machine ends within 45 days, BackupsMissing that etcd was
# not saved here for three hours although HAS_BACKUPS is true. systemd is told that this
# is up once the Node is Ready.
# References: https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
#             https://kubernetes.io/docs/reference/using-api/server-side-apply/
set -eu

node=$1 private_ip=$2 has_backups=$3
services="etcd=http://127.0.0.1:2381/health
kube-apiserver=https://127.0.0.1:6443/readyz
kube-controller-manager=https://$private_ip:10257/healthz
kube-scheduler=https://$private_ip:10259/healthz
flanneld=http://127.0.0.1:8081/healthz"

api=https://127.0.0.1:6443
node_url=$api/api/v1/nodes/$node
lease_url=$api/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/$node
options="--fail --silent --show-error --max-time 5 --cacert /etc/kubernetes/pki/ca.crt
  --cert $CREDENTIALS_DIRECTORY/client.crt --key $CREDENTIALS_DIRECTORY/client.key"
# Makes the fields of an object so, and the object too if it is not there.
apply='--request PATCH --header Content-Type:application/apply-patch+yaml --data-binary @- --output /dev/null'
manager='fieldManager=hardway&force=true'

# The services that do not answer well; all are asked at once. Who signed the answer does not matter here.
unhealthy() {
  set --
  for service in $services; do set -- "$@" --output /dev/null "${service#*=}"; done
  answers=$(curl --parallel --no-progress-meter --insecure --max-time 5 --write-out '%{http_code} %{url_effective}\n' "$@" 2> /dev/null || true)
  for service in $services; do
    printf '%s\n' "$answers" | grep -qxF "200 ${service#*=}" || printf '%s ' "${service%%=*}"
  done
}

# Sets the condition CertificatesExpiring: names what ends within 45 days, or has ended.
look_at_certificates() {
  set -- "$expiring"
  expiring=''
  for file in /etc/kubernetes/pki/*.crt /etc/etcd/pki/*.crt /etc/flannel/pki/*.crt; do
    ! openssl x509 -noout -in "$file" 2> /dev/null || openssl x509 -noout -checkend 3888000 -in "$file" > /dev/null ||
      expiring="$expiring$file ($(openssl x509 -noout -enddate -in "$file" | sed 's/^notAfter=//')), "
  done
  expiring=${expiring%, }
  [ "$1" = "$expiring" ] || expiring_since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  if [ -n "$expiring" ]; then
    expires=True expires_reason=EndSoon expires_message="pulumi up renews what ends within 45 days: $expiring"
  else
    expires=False expires_reason=NoneEndsSoon expires_message='no certificate on this machine ends within 45 days'
  fi
}

# Sets the condition BackupsMissing: what assets/scripts/backup-etcd.sh says of the last one. A new machine has none at first.
look_at_backups() {
  set -- "$missing"
  saved=$begun bytes=0 revision=0 count=0
  if [ -r /var/lib/etcd-backups/newest ]; then read -r saved bytes revision count < /var/lib/etcd-backups/newest; fi
  newest=none
  [ "$count" = 0 ] || newest="$(date -u -d "@$saved" +%Y-%m-%dT%H:%M:%SZ), $((bytes / 1048576)) MiB, revision $revision, $count kept"
  if [ "$has_backups" = false ]; then
    missing=False missing_reason=NotWanted missing_message='the stack wants none'
  elif [ $((now - saved)) -gt 10800 ]; then
    missing=True missing_reason=TooOld missing_message="journalctl -u etcd-backup says why; newest: $newest"
  else
    missing=False missing_reason=Recent missing_message="newest: $newest"
  fi
  [ "$1" = "$missing" ] || missing_since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
}

# Prints the Node, from the API server's cache, and renews its lease over the same connection.
# shellcheck disable=SC2086 # one word per option
look_and_renew() {
  curl $options "$node_url?resourceVersion=0" --next $options $apply "$lease_url?$manager" << LEASE
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: { name: $node }
spec: { holderIdentity: $node, leaseDurationSeconds: 40, renewTime: "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" }
LEASE
}

# What Kubernetes runs here: a kubelet would say its own version there.
# shellcheck disable=SC2086 # one word per option
version() { curl $options "$api/version" | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p'; }

# No addresses: monitoring would ask for a kubelet there. No capacity: nothing may be scheduled here.
# shellcheck disable=SC2086 # one word per option
write_status() {
  look_at_certificates
  look_at_backups
  curl $options $apply "$node_url/status?$manager" << NODE
apiVersion: v1
kind: Node
metadata: { name: $node }
status:
  conditions:
    - type: Ready
      status: "$ready"
      reason: $reason
      message: "$message"
      lastHeartbeatTime: "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
      lastTransitionTime: "$since"
    - type: CertificatesExpiring
      status: "$expires"
      reason: $expires_reason
      message: "$expires_message"
      lastHeartbeatTime: "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
      lastTransitionTime: "$expiring_since"
    - type: BackupsMissing
      status: "$missing"
      reason: $missing_reason
      message: "$missing_message"
      lastHeartbeatTime: "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
      lastTransitionTime: "$missing_since"
  nodeInfo:
    machineID: "$(cat /etc/machine-id)"
    systemUUID: ""
    bootID: "$(cat /proc/sys/kernel/random/boot_id)"
    kernelVersion: "$(uname -r)"
    osImage: "$(. /etc/os-release && echo "$PRETTY_NAME")"
    containerRuntimeVersion: ""
    kubeletVersion: "$(version)"
    kubeProxyVersion: ""
    operatingSystem: linux
    architecture: "$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')"
NODE
}

message='' expiring=unknown missing='' begun=$(date +%s) written=0 notified=no pause=1
while :; do
  now=$(date +%s)
  said=$message
  failing=$(unhealthy)
  # One slow answer of a busy machine is no failure.
  [ -z "$failing" ] || { sleep 3 && failing=$(unhealthy); }
  if [ -z "$failing" ]; then
    ready=True reason=ServicesHealthy
    message='etcd, the API server, controller manager, scheduler and flanneld are healthy; there is no kubelet'
  else
    ready=False reason=ServicesUnhealthy message="not healthy: ${failing% }"
  fi
  if [ "$message" != "$said" ]; then
    echo "Ready=$ready: $message"
    since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  fi
  if shown=$(look_and_renew); then
    case $shown in *"$message"*) ;; *) written=0 ;; esac
    if [ $((now - written)) -ge 300 ] && write_status; then written=$now; fi
    if [ "$notified$ready" = noTrue ] && [ "$written" = "$now" ]; then
      systemd-notify --ready
      notified=yes
    fi
  fi
  # systemd hands a renewed certificate on when this starts again, which it does at once.
  cmp -s "$CREDENTIALS_DIRECTORY/client.crt" /etc/kubernetes/pki/node-status.crt || exit 0
  sleep "$pause"
  pause=$((pause < 5 ? pause * 2 : 10))
done
