# The first step on a machine: puts the scripts that later steps call by name into /usr/local/lib/hardway.
# stdin: each script behind a line ">>> NAME". This text is the step's command itself, hence its brevity.
set -eu
dir=/usr/local/lib/hardway
mkdir -p "$dir"
awk -v dir="$dir" '/^>>> / { out = dir "/." $2; printf "" > out; next } { print > out }'
for new in "$dir"/.*.sh; do
  chmod 0755 "$new"
  mv -f "$new" "$dir/${new##*/.}"
done
