# Functions shared by the scripts in this directory. POSIX sh; sourced, never run.
# Every change is made beside its target and put in place by one rename, so that a script can be cut off
# anywhere and simply be run again.
# shellcheck shell=sh

# A private place for what arrives on stdin; secrets in it are gone when the script ends.
make_work_dir() {
  umask 077
  work=$(mktemp -d /run/hardway.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
}

# read_bundle < BUNDLE
# Splits a bundle into $work/index (one line per entry) and $work/N (the content of entry N).
# Entries: ">>> file PATH MODE OWNER" and its lines, ">>> link PATH TARGET", ">>> because REASON".
read_bundle() {
  awk -v dir="$work" '
    /^>>> / { n++; out = dir "/" n; printf "" > out; print n, substr($0, 5) > (dir "/index"); next }
    n == 0  { print "bundle: text before the first entry" > "/dev/stderr"; exit 1 }
            { print > out }'
}

# apply_bundle: makes every entry of the bundle so.
apply_bundle() {
  while read -r n kind path mode owner; do
    case $kind in
      file) put_file "$work/$n" "$path" "$mode" "$owner" ;;
      link) put_link "$path" "$mode" ;;
      because) ;; # only there to make the bundle differ
      *) echo "bundle: unknown entry $kind" >&2; return 1 ;;
    esac
  done < "$work/index"
}

# make_parent PATH: everybody may pass through the directories; the files themselves say who may read them.
make_parent() (
  umask 022
  mkdir -p "${1%/*}"
)

# put_file SOURCE PATH MODE OWNER
put_file() {
  if cmp -s "$1" "$2" && [ "$(stat -c '%a %U:%G' "$2")" = "${3#0} $4" ]; then return 0; fi
  make_parent "$2"
  new=$(mktemp "$2.XXXXXX")
  cat "$1" > "$new"
  chown "$4" "$new"
  chmod "$3" "$new"
  mv -f "$new" "$2"
}

# put_link PATH TARGET
put_link() {
  if [ "$(readlink "$1" || true)" = "$2" ]; then return 0; fi
  [ -e "$2" ] || { echo "$2: not there, so $1 cannot point to it" >&2; return 1; }
  make_parent "$1"
  ln -sfn "$2" "$1.new"
  mv -fT "$1.new" "$1"
}

# wait_until SECONDS WHAT COMMAND...: runs COMMAND until it succeeds.
wait_until() {
  limit=$1 what=$2
  shift 2
  deadline=$(($(date +%s) + limit))
  until "$@" > /dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo "$(hostname): waited $limit s for $what, in vain" >&2
      return 1
    fi
    sleep 0.1
  done
}
