# The part of preflight.sh that asks whether the packets of Pods would pass this host, and their questions be answered.
# It goes before preflight.sh, with a variable more: `pod_cidr` is the range of Pods' addresses, and empty for a host that has none.
# shellcheck shell=sh disable=SC2154

# What is in the file that prepare-host.sh gives to kubelet, and so to CoreDNS. A closed network may have no resolver at all.
check_resolvers() {
  [ -n "$pod_cidr" ] || return
  file=/etc/resolv.conf
  if [ -e /run/systemd/resolve/resolv.conf ]; then file=/run/systemd/resolve/resolv.conf; fi
  resolvers=$(awk '$1 == "nameserver" { print $2 }' "$file" 2> /dev/null)
  # shellcheck disable=SC2086
  for resolver in $resolvers; do
    case $resolver in 127.* | ::1) ;; *) return ;; esac
  done
  [ -z "$resolvers" ] ||
    wrong "has no resolver in $file but $(echo "$resolvers" | one_line), which in a Pod is the Pod itself" \
      "write 'nameserver <address>' there with a DNS server of your network, or with $private_ip if the host's own listens there"
}

# Tables of nft that pass on only what they name, and name neither Pods' addresses nor their bridge. Not the table of iptables: what
# its policy drops in FORWARD is accepted by flannel's rules before.
closed_tables() {
  as_root nft list ruleset 2> /dev/null | awk -v cidr="$pod_cidr" '
    function flush() { if (closed != "" && !named) print closed }
    $1 == "table" { flush(); table = $2 " " $3; closed = ""; named = 0 }
    $1 == "chain" { chain = $2 }
    index($0, cidr) || index($0, "cni0") { named = 1 }
    /hook forward/ && (table ~ /^(ip|inet) / && /policy drop/ || table == "inet firewalld") &&
      !(table == "ip filter" && chain == "FORWARD") { closed = table " " chain }
    END { flush() }'
}

# On a host that is a node already the probes between Pods know more.
check_forwarding() {
  if [ -z "$pod_cidr" ] || is_ours; then return; fi
  tables=$(closed_tables)
  case $tables in
    '') ;;
    *'inet firewalld '*)
      wrong "has a firewalld that does not forward packets of Pods" \
        "firewall-cmd --permanent --zone=trusted --add-source=$pod_cidr && firewall-cmd --reload"
      ;;
    *)
      wrong "drops packets of Pods in the nft chain $(echo "$tables" | awk '{ printf "%s%s", sep, $0; sep = ", " }')" \
        "let $pod_cidr pass there: ip saddr $pod_cidr accept, ip daddr $pod_cidr accept"
      ;;
  esac
  if grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf && ! grep -qs '^DEFAULT_FORWARD_POLICY="ACCEPT"' /etc/default/ufw; then
    wrong "has a ufw that does not forward packets of Pods" "ufw default allow routed"
  fi
}

# Files that are read after /etc/sysctl.d/90-hardway.conf: sysctl.d(5) has them in the order of their names, whatever their
# directory, and a name counts once. `sysctl --system` reads /etc/sysctl.conf last, and ufw sets its own even later.
later_settings() {
  for dir in /etc/sysctl.d /run/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d; do
    for file in "$dir"/*.conf; do echo "${file##*/} $file"; done
  done | awk '!seen[$1]++ && $1 > "90-hardway.conf" { print $2, $1 }' | LC_ALL=C sort -k 2 | cut -d ' ' -f 1
  echo /etc/sysctl.conf
  if grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then echo /etc/ufw/sysctl.conf; fi
}

# A key may have slashes, and a - that lets its failure pass. The kernel has two more names for forwarding: for all interfaces
# that there are, and for those to come.
check_settings() {
  [ -n "$pod_cidr" ] || return
  found=$(later_settings | while read -r file; do
    if [ -f "$file" ]; then sed "s|^|$file=|" "$file"; fi
  done 2> /dev/null | awk -F= '
    { key = $2; gsub(/^[ \t]*-?|[ \t]*$/, "", key); gsub("/", ".", key); gsub(/[ \t]/, "", $3) }
    key ~ /^net\.(ipv4\.(ip_forward|conf\.(all|default)\.forwarding)|bridge\.bridge-nf-call-iptables)$/ { value[key] = $3; at[key] = $1 }
    END { for (key in value) if (value[key] != 1) { printf "%s%s=%s in %s", sep, key, value[key], at[key]; sep = ", " } }')
  [ -z "$found" ] || wrong "undoes settings that Pods need: $found" "write 1 there, or remove the line"
}
