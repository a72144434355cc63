#!/bin/sh
# run-unit.sh UNIT HEALTH_URL [IDENTITY] < BUNDLE
# Makes a unit run as its bundle says. HEALTH_URL may be "-" for a unit that says itself when it is ready; it is
# asked with the certificate IDENTITY.crt and its key, if given.
# The unit restarts when, and only when, the text of the bundle differs from the one it was last healthy with;
# the step ends only when the health check answers.
set -eu
. /usr/local/lib/hardway/lib.sh

# Only the status of the answer matters, not who signed it.
healthy() {
  systemctl is-active --quiet "$unit" || return 1
  [ "$health" = - ] || curl --fail --silent --insecure --max-time 2 "$@" "$health"
}

explain() {
  systemctl status --no-pager --lines 0 "$unit" || true
  journalctl --no-pager --unit "$unit" --lines 20 --output short-precise || true
}

unit=$1 health=$2
if [ $# -gt 2 ]; then set -- --cert "$3.crt" --key "$3.key"; else set --; fi
make_work_dir
tee "$work/bundle" | read_bundle
apply_bundle
marker=/var/lib/hardway/$unit.sha256
want=$(sha256sum < "$work/bundle")
if [ "$(cat "$marker" 2> /dev/null || true)" != "$want" ]; then
  systemctl daemon-reload
  systemctl enable --quiet "$unit"
  # A first try that fails is repeated by the unit itself; the wait below decides.
  systemctl restart "$unit" || true
elif ! systemctl is-active --quiet "$unit"; then
  systemctl start "$unit" || true
fi
if ! wait_until 90 "$unit to be healthy ($health)" healthy "$@"; then
  explain >&2
  exit 1
fi
echo "$want" > "$work/marker"
put_file "$work/marker" "$marker" 0644 root:root
