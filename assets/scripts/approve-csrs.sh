#!/bin/sh
# approve-csrs.sh NODES
# Approves what the kubelets of workers ask for, as soon as they ask, when it is what this very machine may have:
# - its first client certificate, with its own bootstrap token, and once with each token;
# - a serving certificate for its own name and address. It then has a client certificate, and its token is deleted.
# Everything else that is asked of the two signers stays pending, and is named here and as an Event. Renewed client certificates are
# approved by kube-controller-manager, which signs all of them and judges their form too.
# NODES: a file with a line for each worker: its name, its address, the id of its bootstrap token.
# Reference: https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
set -eu

nodes=$1
api=https://127.0.0.1:6443
work=$RUNTIME_DIRECTORY
ca=/etc/kubernetes/pki/ca.crt certificate=$CREDENTIALS_DIRECTORY/client.crt key=$CREDENTIALS_DIRECTORY/client.key

ask() { curl --fail --silent --show-error --cacert "$ca" --cert "$certificate" --key "$key" "$@"; }

kubernetes() {
  KUBECACHEDIR=$work/cache GOMAXPROCS=1 /usr/local/bin/kubectl --server="$api" --request-timeout=20s \
    --certificate-authority="$ca" --client-certificate="$certificate" --client-key="$key" "$@"
}

# Seven lines for each request. Quoted as in Go, none of its values can look like another line.
list() {
  kubernetes get certificatesigningrequests --output 'go-template={{range .items}}{{printf "%q" .metadata.name}}
{{printf "%q" .metadata.uid}}
{{printf "%q" .spec.signerName}}
{{printf "%q" .spec.username}}
{{range .spec.usages}}{{printf "%q" .}}{{end}}
{{range .status.conditions}}{{printf "%q" .type}}{{end}}
{{printf "%q" .spec.request}}
{{end}}' > "$work/requests"
}

unquoted() { set -- "${1#\"}" && printf %s "${1%\"}"; }

# field N VALUE WANTED: field WANTED of the line of NODES whose field N is VALUE.
field() { awk -v n="$1" -v value="$2" -v wanted="$3" '$n "" == value "" { print $wanted; exit }' "$nodes"; }

# Users that had a request approved, as the list has them.
spenders() { awk 'NR % 7 == 4 { user = $0 } NR % 7 == 6 && /"Approved"/ { print user }' "$work/requests" && cat "$work/spent"; }

# names: every alternative name in the request, a line for each.
names() {
  openssl req -in "$work/request" -noout -text |
    awk 'found { print; found = 0 } /X509v3 Subject Alternative Name:/ { found = 1 }' | sed 's/^ *//; s/, /\n/g'
}

# wrong_form NODE [NAME...]: what in the request is not as kubelet of NODE writes it, and which of its names are not among these.
# A second list of extensions would be read by some and not by others.
wrong_form() {
  subject=CN=system:node:$1,O=system:nodes
  shift
  got=$(openssl req -in "$work/request" -noout -subject -nameopt RFC2253 2>&1) || { echo "it cannot be read" && return; }
  [ "$got" = "subject=$subject" ] || { echo "its subject is ${got#subject=}, not $subject" && return; }
  [ "$(openssl asn1parse -in "$work/request" | grep -c ':Extension Request')" = "$(($# > 0))" ] ||
    { echo "it asks for extensions that kubelet does not ask for" && return; }
  got=$(names)
  printf '%s\n' "$@" > "$work/allowed"
  foreign=$(printf '%s\n' "$got" | grep -vxF -f "$work/allowed" | paste -sd ' ')
  [ -z "$foreign" ] || { echo "it names $foreign, and may name $*" && return; }
  [ $# = 0 ] || [ -n "$got" ] || echo "it has no names"
}

# wrong_first_client TOKEN-ID: what is wrong with a request for the first client certificate.
wrong_first_client() {
  node=$(field 3 "$1" 1)
  [ -n "$node" ] || { echo "its token $1 is that of no worker" && return; }
  ! spenders | grep -qxF "$user" || { echo "the token $1 of $node was used before" && return; }
  [ "$usages" = '"digital signature""client auth"' ] || { echo "its usages are $usages" && return; }
  wrong_form "$node"
}

# wrong_serving NODE: what is wrong with a request for a serving certificate.
wrong_serving() {
  address=$(field 1 "$1" 2)
  [ -n "$address" ] || { echo "$1 is no worker" && return; }
  [ "$usages" = '"digital signature""server auth"' ] || { echo "its usages are $usages" && return; }
  wrong_form "$1" "DNS:$1" "IP Address:$address"
}

# approve WHAT
approve() {
  kubernetes certificate approve "$name" > /dev/null || return 0
  echo "$user" >> "$work/spent"
  echo "$name: approved: $1"
}

# refuse WHY: leaves it to a person, who gets to know of it once.
refuse() {
  ! grep -qsxF "$name" "$work/named" || return 0
  echo "$name" >> "$work/named"
  # What somebody else wrote may be in it.
  message=$(printf %s "$1; asked by $(unquoted "$user")" | tr -cd 'A-Za-z0-9 .,:;=_/-')
  echo "$name: stays pending: $message" >&2
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  # One of its name, whichever machine is the first.
  ask --max-time 10 --output /dev/null --header Content-Type:application/yaml --data-binary @- \
    "$api/api/v1/namespaces/default/events" << EVENT 2> /dev/null || true
apiVersion: v1
kind: Event
metadata: { name: "$name.not-approved", namespace: default }
involvedObject: { apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, name: "$name", uid: "$uid" }
type: Warning
reason: NotApproved
message: "$message"
source: { component: csr-approver }
firstTimestamp: "$now"
lastTimestamp: "$now"
count: 1
EVENT
}

# The token of a worker that has a client certificate is of no more use to it.
delete_token() {
  id=$(field 1 "$1" 3)
  ask --max-time 10 --output /dev/null --request DELETE \
    "$api/api/v1/namespaces/kube-system/secrets/bootstrap-token-$id" 2> /dev/null || true
}

# consider: one pending request.
consider() {
  who=$(unquoted "$user")
  unquoted "$request" | base64 -d > "$work/request" 2> /dev/null || true
  case $signer,$who in
    *kubelet-serving\",system:node:*)
      node=${who#system:node:}
      why=$(wrong_serving "$node")
      if [ -n "$why" ]; then refuse "$why" && return; fi
      delete_token "$node"
      approve "serving certificate of $node"
      ;;
    *kubelet-serving\",*) refuse "its user is no node" ;;
    *,system:node:*) ;; # kube-controller-manager's
    *,system:bootstrap:*)
      id=${who#system:bootstrap:}
      why=$(wrong_first_client "$id")
      if [ -n "$why" ]; then refuse "$why" && return; fi
      approve "first client certificate of $(field 3 "$id" 1)"
      ;;
  esac
}

# look: goes through all requests of the two signers that nobody has decided on.
look() {
  list || return 1
  : > "$work/spent"
  while read -r name && read -r uid && read -r signer && read -r user && read -r usages && read -r state && read -r request; do
    name=$(unquoted "$name") uid=$(unquoted "$uid")
    case $name in *[!a-z0-9.-]*) continue ;; esac
    case $signer,$state in
      '"kubernetes.io/kubelet-serving",' | '"kubernetes.io/kube-apiserver-client-kubelet",') consider < /dev/null ;;
    esac
  done < "$work/requests"
}

# asked: a line for each request that is new or changes; first of all for those that are there. The API server ends it after half a
# minute: what a pass could not do is then done by the next, before the step that waits for a kubelet's certificates gives up.
asked() {
  ask --no-buffer "$api/apis/certificates.k8s.io/v1/certificatesigningrequests?watch=true&timeoutSeconds=30" || true
}

notified=no
while :; do
  if look; then
    [ "$notified" = yes ] || systemd-notify --ready
    notified=yes
    asked | while read -r event; do
      case $event in
        *'"type":"Approved"'* | *'"type":"Denied"'*) ;;
        *'"signerName":"kubernetes.io/kube'*) look || true ;;
      esac
    done
  fi
  sleep 1
done
