# Debian packages, on a host whose apt others use too: cloud-init and apt-daily at its first boot. Sourced, never run.
# shellcheck shell=sh

# run_apt ARGUMENT...: its output goes to $work/apt. Nobody is there to answer: files of a package that somebody edited stay
# as they are, and no service restarts because a library is new.
run_apt() {
  LC_ALL=C DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 NEEDRESTART_MODE=l \
    apt-get -q -y -o DPkg::Lock::Timeout=15 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    -o Acquire::Retries=3 --no-install-recommends "$@" < /dev/null > "$work/apt" 2>&1
}

# apt_get ARGUMENT...: once more while another program holds a lock, for up to ten minutes; what else fails is the network,
# mostly, and tried three times.
apt_get() {
  deadline=$(($(date +%s) + 600)) tries=3
  until run_apt "$@"; do
    lock=$(sed -n 's/^E: \(Could not get lock .*\)/\1/p' "$work/apt" | head -n 1)
    if [ -n "$lock" ] && [ "$(date +%s)" -lt "$deadline" ]; then
      echo "waiting for apt: $lock"
      sleep 15
      continue
    fi
    tries=$((tries - 1))
    if [ -n "$lock" ] || [ "$tries" = 0 ]; then
      echo "apt-get $1: failed${lock:+; waited 600 s for a lock}" >&2
      tail -n 20 "$work/apt" >&2
      return 1
    fi
    sleep 5
  done
}

# install_packages PACKAGE...: those that are missing; a host that has them all needs no network for this.
install_packages() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  # For who takes this cluster away one day.
  mkdir -p /var/lib/hardway
  # shellcheck disable=SC2086 # one word per package
  printf '%s\n' $missing >> /var/lib/hardway/packages
  apt_get update
  # shellcheck disable=SC2086 # one word per package
  apt_get install $missing
}
