#!/bin/sh
# put-files.sh < BUNDLE
# Writes files that no service of this step reads, or that must be there before one starts: certificates and keys.
set -eu
. /usr/local/lib/hardway/lib.sh
make_work_dir
read_bundle
apply_bundle
