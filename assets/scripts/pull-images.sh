#!/bin/sh
# pull-images.sh < BUNDLE
# Fetches what every worker runs while the control plane still starts, so that no pod waits for its image.
set -eu
. /usr/local/lib/hardway/lib.sh

pull() {
  ctr --namespace k8s.io images pull --hosts-dir /etc/containerd/certs.d "$1"
}

make_work_dir
read_bundle
while read -r _ _ image; do
  tries=3
  until pull "$image" < /dev/null > "$work/log" 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then
      echo "$image: could not be fetched" >&2
      tail -n 5 "$work/log" >&2
      exit 1
    fi
    sleep 1
  done
done < "$work/index"
