#!/bin/sh
# put-files.sh < BUNDLE
# Writes files that no service of this step reads, or that must be there before one starts: certificates and keys.
set -eu
. /usr/local/lib/hardway/lib.sh

# valid_from CERTIFICATES: when the last of them begins to be valid, in seconds since 1970.
valid_from() {
  # openssl comes with ca-certificates. What it cannot read is for the services to judge.
  openssl storeutl -noout -text -certs "$1" 2> /dev/null |
    sed -n 's/^ *Not Before *: *//p' | sort -u | LC_ALL=C date -f - +%s | sort -n | tail -n 1
}

has_come() { [ "$(date +%s)" -ge "$1" ]; }

# Certificates are valid from when the clock of the machine that runs Pulumi said that they were made. Where it is earlier
# yet, services would end, each in its own words. A clock that is a little behind, or is just being set, is waited for.
wait_for_validity() {
  sed -n '/^-----BEGIN CERTIFICATE-----$/,/^-----END CERTIFICATE-----$/p' "$work/bundle" > "$work/certificates"
  [ -s "$work/certificates" ] || return 0
  start=$(valid_from "$work/certificates")
  has_come "${start:=0}" && return
  wait_until 60 "$(date -u -d "@$start" '+%F %T') UTC, when its certificates begin to be valid" has_come "$start" && return
  echo "$(hostname): its clock is $((start - $(date +%s))) s or more behind that of the machine that runs Pulumi;" \
    "let a time server set both, and run it again after that time" >&2
  return 1
}

make_work_dir
read_bundle
wait_for_validity
apply_bundle
