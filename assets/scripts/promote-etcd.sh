#!/bin/sh
# promote-etcd.sh
# Runs when etcd serves on this machine: makes a learner a voter as soon as it has caught up. Also after a restart between
# the two, so that a member never stays a learner.
set -eu
. /usr/local/lib/hardway/etcd-lib.sh

is_learner() { curl --silent --max-time 5 'http://127.0.0.1:2381/readyz?verbose' | grep -q '^\[-\]non_learner'; }

# etcd refuses while it is behind, and for some seconds after the start.
promote() {
  id=$(member_rows | awk -v me="$PRIVATE_IP" '$2 == me { print $1 }')
  [ -z "$id" ] || ask member promote "$id" || true
  ! is_learner
}

make_work_dir
# It has data now: whatever comes, no new cluster begins here.
rm -rf /var/lib/hardway/etcd-founders /var/lib/hardway/restore
if is_learner; then wait_until 60 "etcd's learner $MEMBER_NAME to become a voter" promote; fi
