#!/bin/sh
# backup-etcd.sh KEEP
# Saves what etcd holds as $STATE_DIRECTORY/<UTC time>.db, once it has been restored from there for a try, and lets go of the
# oldest: KEEP are kept, and of these as many as fit into a tenth of the disk. A disk that fills loses old backups, and
# is never filled by a new one. A member that does not vote yet saves nothing: it may be behind.
# $STATE_DIRECTORY/newest says of the last one, for whoever may not read it: seconds since 1970, its bytes, its revision, how many there are.
# Cut off anywhere, it leaves whole backups and a draft that the next run removes.
# Reference: https://etcd.io/docs/v3.6/op-guide/recovery/
set -eu

keep=$1 dir=$STATE_DIRECTORY
draft=$dir/.draft

ask() {
  /usr/local/bin/etcdctl --endpoints=https://127.0.0.1:2379 --command-timeout=5m --cacert=/etc/etcd/pki/ca.crt \
    --cert=/etc/etcd/pki/server.crt --key=/etc/etcd/pki/server.key "$@"
}

# backups: their paths, the oldest first.
backups() { find "$dir" -maxdepth 1 -name '*.db' | sort; }

count() { backups | wc -l; }

# drop_oldest: the newest of all is never dropped.
drop_oldest() {
  [ "$(count)" -gt 1 ] || return 1
  oldest=$(backups | head -n 1)
  rm -f "$oldest"
  echo "let go of ${oldest##*/}: $1"
}

# kib WHICH: of the file system, "size" or "avail".
kib() { df --output="$1" --block-size=1K "$dir" | tail -n 1; }

used_kib() { du --summarize --block-size=1K "$dir" | cut -f 1; }

# make_room BYTES: a tenth of the disk, 2 GiB at most, stays free of what etcd's BYTES take: once as they are saved, and once as they are
# restored for a try, with a log of etcd, which is 64 MB from its start.
make_room() {
  reserve=$(($(kib size) / 10))
  needed=$(((reserve < 2097152 ? reserve : 2097152) + 65536 + 2 * $1 / 1024))
  until [ "$(kib avail)" -ge "$needed" ]; do
    drop_oldest "the disk is nearly full" || {
      echo "$(hostname): no backup: $dir has $(($(kib avail) / 1024)) MiB free, and $((needed / 1024)) are needed" >&2
      return 1
    }
  done
}

# field NAME < JSON: a number.
field() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }

# quietly FAILURE COMMAND...: its words only when it fails.
quietly() {
  failure=$1
  shift
  "$@" > "$draft/said" 2>&1 || {
    echo "$(hostname): no backup: $failure" >&2
    tail -n 3 "$draft/said" >&2
    return 1
  }
}

trap 'rm -rf "$draft"' EXIT
rm -rf "$draft"
mkdir "$draft"
ask endpoint status --write-out=json > "$draft/status"
if grep -q '"isLearner":true' "$draft/status"; then
  echo "no backup: this member does not vote yet"
  exit 0
fi
make_room "$(field dbSize < "$draft/status")"

quietly "etcd could not be saved" ask snapshot save "$draft/snapshot.db"
quietly "what was saved cannot be restored" /usr/local/bin/etcdutl snapshot restore "$draft/snapshot.db" --data-dir "$draft/restored"
revision=$(/usr/local/bin/etcdutl snapshot status "$draft/snapshot.db" --write-out=json | field revision)
name=$(date -u +%Y%m%dT%H%M%SZ).db
sync "$draft/snapshot.db"
mv "$draft/snapshot.db" "$dir/$name"

while [ "$(count)" -gt "$keep" ]; do drop_oldest "$keep are kept"; done
while [ "$(used_kib)" -gt $(($(kib size) / 10)) ]; do drop_oldest "all together may take a tenth of the disk" || break; done

echo "$(date +%s) $(stat --format=%s "$dir/$name") $revision $(count)" > "$draft/newest"
chmod 0644 "$draft/newest"
mv "$draft/newest" "$dir/newest"
sync "$dir"
echo "saved $name"
