#!/bin/sh
# stack-command.sh plan|inventory|certificates|backups|kubeconfig ARGS...
# Runs a command of cli/ where its stack is: a stack of the lab has its Pulumi CLI, backend, passphrase and cloud inside the
# lab; for any other stack, and where there is no lab, it is as if this script were not there.
# The name comes from --stack or PULUMI_STACK; where neither says one, a lab that is there is meant.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
command=$1
shift

# The lab's memory of which stack it has, see lab/cli/stacks.ts: nothing is written for dev by an older lab.
labs_stack() {
  dir=${HARDWAY_LABS:-/var/lib/hardway}/${HARDWAY_LAB:-dev}
  [ -d "$dir" ] || return 0
  choice=dev
  [ ! -r "$dir/stack" ] || read -r choice <"$dir/stack"
  case $choice in dev) echo dev ;; *) echo "lab-$choice" ;; esac
}

wanted() { # ARGS...
  stack=${PULUMI_STACK:-}
  while [ $# -gt 0 ]; do
    case $1 in
      --stack=*) stack=${1#*=} ;;
      --help | -h) stack=--help ;;
      --stack) [ $# -lt 2 ] || stack=$2 ;;
    esac
    shift
  done
  echo "$stack"
}

# Somebody who says where the state is means that one.
if [ -z "${PULUMI_BACKEND_URL:-}" ]; then
  lab=$(labs_stack)
  stack=$(wanted "$@")
  if [ -n "$lab" ] && [ "${stack:-$lab}" = "$lab" ]; then
    exec sh "$root/lab/run.sh" lab exec env INIT_CWD="${INIT_CWD:-$PWD}" node "$root/cli/$command.ts" "$@"
  fi
fi
# Node.js asks the user's proxy, which Pulumi's own programs do by themselves, only when told.
[ -z "${HTTPS_PROXY:-}${https_proxy:-}" ] || export NODE_USE_ENV_PROXY=1
exec node "$root/cli/$command.ts" "$@"
