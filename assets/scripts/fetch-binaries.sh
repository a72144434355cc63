#!/bin/sh
# fetch-binaries.sh < BUNDLE
# Downloads programs to directories of their versions below /opt/hardway; the step of a service puts them into use.
# A directory counts when its programs have the sha256 that they had when their download was verified: what a power cut
# or a full disk left behind is fetched again. "download DIRECTORY SHA256 URL PROGRAM" has the program itself,
# "download DIRECTORY SHA256 URL PROGRAM=PATH-IN-ARCHIVE..." has an archive.
set -eu
. /usr/local/lib/hardway/lib.sh
store=/opt/hardway

# download URL FILE: less than 10 kB/s for half a minute is a stall, not a slow link.
download() {
  curl --fail --silent --show-error --location --connect-timeout 10 --speed-limit 10000 --speed-time 30 --max-time 1800 \
    --retry 4 --retry-all-errors --output "$2" "$1" < /dev/null
}

# is_whole DIRECTORY PROGRAM[=PATH]...
is_whole() {
  (
    cd "$1" 2> /dev/null || exit 1
    shift
    for program in "$@"; do grep -qs "  ${program%%=*}\$" .sha256 || exit 1; done
    sha256sum --check --status .sha256
  )
}

# fetch DIRECTORY SHA256 URL PROGRAM[=PATH]...
fetch() {
  dir=$1 sha256=$2 url=$3
  shift 3
  if is_whole "$dir" "$@"; then return; fi
  draft=$(mktemp -d "$store/.draft.XXXXXX")
  if ! download "$url" "$draft/.download"; then
    echo "$url: cannot be downloaded" >&2
    return 1
  fi
  if ! echo "$sha256  $draft/.download" | sha256sum --check --status; then
    echo "$url: wrong sha256, got $(sha256sum < "$draft/.download" | cut -d' ' -f1), want $sha256" >&2
    return 1
  fi
  for program in "$@"; do
    case $program in
      *=*) tar --extract --to-stdout --file "$draft/.download" "${program#*=}" > "$draft/${program%%=*}" ;;
      *) ln "$draft/.download" "$draft/$program" ;;
    esac
  done
  rm "$draft/.download"
  chmod 0755 "$draft"/*
  (cd "$draft" && sha256sum -- * > .sha256)
  sync "$draft"/* "$draft/.sha256"
  # One by one, so that a program in use is there at every moment; what says that all are there goes last.
  mkdir -p "$dir"
  mv -f "$draft"/* "$dir"
  mv -f "$draft/.sha256" "$dir"
  sync "$dir" "$store"
}

# collect: deletes what is not wanted, not in use and was not in use before that.
collect() {
  sed -n "s|^[0-9]* download $store/\([^ ]*\) .*|\1|p" "$work/index" | sort > "$work/wanted"
  find /usr/local/bin /opt/cni/bin -type l -lname "$store/*" -printf '%l\n' 2> /dev/null |
    sed "s|^$store/||; s|/.*||" | sort -u > "$work/used"
  # The links change after this step: what they lead to now is then the way back.
  if [ -n "$(comm -23 "$work/used" "$work/wanted")" ]; then put_file "$work/used" "$store/.previous" 0644 root:root; fi
  for dir in "$store"/*/; do
    name=$(basename "$dir")
    cat "$work/wanted" "$work/used" "$store/.previous" 2> /dev/null | grep -qxF "$name" || rm -rf "$dir"
  done
}

make_work_dir
read_bundle
mkdir -p "$store"
# Two at once would do the same twice, and collect each other's; the lock of one that is killed is free.
exec 9> "$store/.lock"
flock --wait 2400 9 || { echo "another fetch-binaries.sh has been at work for 40 minutes" >&2; exit 1; }
pids=
# shellcheck disable=SC2086 # one word per process
trap 'kill $pids 2> /dev/null || true; rm -rf "$work" "$store"/.draft.*' EXIT
rm -rf "$store"/.draft.*
collect
while read -r _ _ line; do
  # shellcheck disable=SC2086 # the words of the line are the arguments
  fetch $line 9>&- &
  pids="$pids $!"
done < "$work/index"
failed=0
for pid in $pids; do wait "$pid" || failed=1; done
pids=
exit "$failed"
