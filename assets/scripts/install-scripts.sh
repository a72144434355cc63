# The first step on a machine: puts the scripts that later steps call by name into /usr/local/lib/hardway.
# stdin: a bundle of them. This text is the step's command itself, hence its brevity; lib.sh is not there to read bundles yet.
set -eu
umask 022
dir=/usr/local/lib/hardway
mkdir -p "$dir"
chmod 0755 "$dir"
rm -rf "$dir"/.new.*
new=$(mktemp -d "$dir/.new.XXXXXX")
trap 'rm -rf "$new"' EXIT
awk -v new="$new" '
  whole         { whole = 0; exit }
  /^>>> end$/   { whole = 1; next }
  /^>>> file /  { n = split($3, path, "/"); out = new "/" path[n]; printf "" > out; next }
                { print > out }
  END           { exit !whole }' ||
  { echo "bundle: cut off: the connection broke before its end arrived; nothing was changed" >&2; exit 1; }
chmod 0755 "$new"/*
sync "$new"/*
for script in "$new"/*; do mv -f "$script" "$dir"; done
