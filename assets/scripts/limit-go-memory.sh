#!/bin/sh
# limit-go-memory.sh SERVICE PERCENT
# Writes /run/hardway/SERVICE.env with GOMEMLIMIT, as a share of this machine's memory: systemd takes percentages for
# its own limits, Go does not. Run whenever the service starts, so that a machine that was resized is used.
set -eu
. /usr/local/lib/hardway/lib.sh
mkdir -p /run/hardway
echo "GOMEMLIMIT=$(($(machine_mib) * $2 / 100))MiB" > "/run/hardway/$1.env"
