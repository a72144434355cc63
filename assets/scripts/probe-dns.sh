#!/bin/sh
# probe-dns.sh NODE SERVER NAME
# Returns once cluster DNS at SERVER answers questions for NAME, which is outside of the cluster; that there is no such name is an
# answer too. Says what the resolvers of this NODE, which its Pods of CoreDNS ask, answer when it does not.
set -eu
. /usr/local/lib/hardway/lib.sh

# question NAME: for its IPv4 address, as RFC 1035 section 4.1 has it.
question() {
  printf '\022\064\001\000\000\001\000\000\000\000\000\000'
  echo "$1" | tr . '\n' | while read -r label; do
    printf "\\$(printf %03o "${#label}")%s" "$label"
  done
  printf '\000\000\001\000\001'
}

# ask SERVER: how it answers, in DNS' own words.
ask() {
  # Of all shells only bash has UDP.
  # shellcheck disable=SC2016
  code=$(timeout 3 bash -c 'exec 3<> "/dev/udp/$1/53" && cat "$2" >&3 && head -c 4 <&3' - "$1" "$work/question" 2> /dev/null |
    od -A n -t u1 | awk 'NF == 4 { print $4 % 16 }')
  case $code in
    0) echo NOERROR ;;
    2) echo SERVFAIL ;;
    3) echo NXDOMAIN ;;
    5) echo REFUSED ;;
    '') echo nothing ;;
    *) echo "error $code" ;;
  esac
}

knows() {
  case $1 in NOERROR | NXDOMAIN) ;; *) return 1 ;; esac
}

# Each question goes to any of the Pods of CoreDNS; so many reach all of the few that there are.
all_answer() {
  for _ in 1 2 3 4 5 6 7 8; do
    answer=$(ask "$server")
    knows "$answer" || return 1
  done
}

explain() {
  echo "$node: cluster DNS ($server) answers $answer to a question for $name, which is outside of the cluster"
  file=$(sed -n 's/^resolvConf: //p' /etc/kubernetes/kubelet.conf.d/*.conf 2> /dev/null | tail -n 1)
  file=${file:-/etc/resolv.conf}
  awk '$1 == "nameserver" { print $2 }' "$file" | while read -r resolver; do
    case $resolver in
      127.*) echo "$node: $file names $resolver, which in a Pod is the Pod itself; write the address of a real resolver there" ;;
      *:*) ;;
      *)
        answer=$(ask "$resolver")
        knows "$answer" || echo "$node: its resolver $resolver ($file) answers $answer; let udp/53 out to it, or write another one there"
        ;;
    esac
  done
}

node=$1 server=$2 name=$3
make_work_dir
question "$name" > "$work/question"
deadline=$(($(date +%s) + 20))
until all_answer; do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    explain >&2
    exit 1
  fi
  sleep 0.5
done
