#!/bin/sh
# run-unit.sh UNIT CHECK [ARGUMENT...] < BUNDLE
# Makes a unit run as its bundle says. CHECK tells when it is healthy: a URL that answers with a 2xx status, a program
# that succeeds with these arguments, or "-" when systemd knows: a service that says itself when it is ready, a timer that
# has a next time.
# The unit restarts when, and only when, the text of the bundle differs from the one it was last healthy with; where that is
# so only after ">>> reload" it reloads. The step ends only when it is healthy. A change that does not become healthy is undone,
# and a restart that may-restart-UNIT.sh refuses, where there is such a script, is not begun.
set -eu
. /usr/local/lib/hardway/lib.sh

# has_next_time TIMER: "elapsed" is a timer that will never fire again.
has_next_time() {
  case $(systemctl show --property=SubState --value "$1") in waiting | running) ;; *) return 1 ;; esac
}

healthy() {
  systemctl is-active --quiet "$unit" || return 1
  case $unit in *.timer) has_next_time "$unit" || return 1 ;; esac
  case $check in
    -) ;;
    # Only the status of the answer matters, not who signed it.
    http*) curl --fail --silent --insecure --max-time 2 "$check" ;;
    *) "$check" "$@" ;;
  esac
}

# What a check that is a program has to say, then the unit itself.
explain() {
  case $check in /*) "$check" "$@" || true ;; esac
  systemctl status --no-pager --lines 0 "$unit" || true
  journalctl --no-pager --unit "$unit" --lines 20 --output short-precise || true
}

# restart_part BUNDLE: what the unit must restart for.
restart_part() { sed '/^>>> reload$/,$d' "$1"; }

reload_will_do() {
  [ -e "$marker" ] && [ -e "$last" ] && grep -qx '>>> reload' "$work/bundle" &&
    [ "$(restart_part "$work/bundle")" = "$(restart_part "$last")" ]
}

# make_it_so: a first try to start that fails is repeated by the unit itself, so only a reload that is refused is a failure.
make_it_so() {
  # Whoever is cut off from here on does not know what the unit runs with.
  if [ "$how" = reload ]; then
    : > "$marker"
    systemctl reload-or-restart "$unit"
    return
  fi
  rm -f "$marker"
  systemctl daemon-reload
  systemctl enable --quiet "$unit"
  systemctl restart "$unit" || true
}

remember() {
  put_file "$work/bundle" "$last" 0600 root:root
  sha256sum < "$work/bundle" > "$work/marker"
  put_file "$work/marker" "$marker" 0644 root:root
}

# roll_back: the stack's state still says what the unit was last healthy with, so whoever takes the edit back plans no
# change of it, and no later step would mend the host.
roll_back() {
  [ -e "$last" ] || return 0
  (cat "$last" && echo '>>> end') | read_bundle
  apply_bundle
  # What refused to reload goes on with what it had.
  [ "$how" = refused ] || make_it_so || true
  if wait_until 90 "$unit to be healthy as it was before" healthy "$@"; then
    remember
    echo "$(hostname): $unit runs as it did before this change"
  fi
}

# may_restart: nothing says no.
may_restart() {
  guard=/usr/local/lib/hardway/may-restart-${unit%.*}.sh
  [ ! -x "$guard" ] || ! systemctl is-active --quiet "$unit" || "$guard" "$work/bundle"
}

unit=$1 check=$2
shift 2
make_work_dir
read_bundle
last=/var/lib/hardway/$unit.bundle
marker=/var/lib/hardway/$unit.sha256
want=$(sha256sum < "$work/bundle") how=none
if [ "$(cat "$marker" 2> /dev/null || true)" != "$want" ]; then
  if reload_will_do; then how=reload; else how=restart; fi
fi
if [ "$how" = restart ]; then may_restart; fi
apply_bundle
if [ "$how" != none ]; then
  make_it_so || how=refused
elif ! systemctl is-active --quiet "$unit"; then
  systemctl start "$unit" || true
fi
if [ "$how" = refused ] || ! wait_until 90 "$unit to be healthy ($check${*:+ $*})" healthy "$@"; then
  explain "$@" >&2
  roll_back "$@" >&2
  exit 1
fi
remember
