#!/bin/sh
# fetch-binaries.sh < LIST
# Downloads programs to versioned directories below /opt/hardway. What is there is complete and verified:
# a directory appears by one rename, after its sha256 was checked.
# LIST: one line per download: "DIRECTORY SHA256 URL PROGRAM" when the download is the program itself, or
# "DIRECTORY SHA256 URL PROGRAM=PATH-IN-ARCHIVE..." when it is an archive.
set -eu
. /usr/local/lib/hardway/lib.sh

# fetch DIRECTORY SHA256 URL PROGRAM[=PATH]...
fetch() {
  dir=$1 sha256=$2 url=$3
  shift 3
  [ -d "$dir" ] && return 0
  draft=$(mktemp -d "$dir.XXXXXX")
  curl --fail --silent --show-error --location --connect-timeout 10 --retry 5 --retry-connrefused \
    --output "$draft/download" "$url"
  if ! echo "$sha256  $draft/download" | sha256sum --check --status; then
    echo "$url: wrong sha256, got $(sha256sum < "$draft/download" | cut -d' ' -f1), want $sha256" >&2
    rm -rf "$draft"
    return 1
  fi
  for program in "$@"; do
    case $program in
      *=*) tar --extract --to-stdout --file "$draft/download" "${program#*=}" > "$draft/${program%%=*}" ;;
      *) ln "$draft/download" "$draft/$program" ;;
    esac
    chmod 0755 "$draft/${program%%=*}"
  done
  rm "$draft/download"
  chmod 0755 "$draft"
  mv -T "$draft" "$dir"
}

umask 022
mkdir -p /opt/hardway
# What an earlier run left when it was cut off.
find /opt/hardway -maxdepth 1 -name '*.??????' -mmin +60 -exec rm -rf {} +
pids=
while read -r line; do
  # shellcheck disable=SC2086 # the words of the line are the arguments
  fetch $line &
  pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
