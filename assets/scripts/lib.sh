# Functions shared by the scripts in this directory. POSIX sh; sourced, never run.
# Every change is made beside its target and put in place by one rename, so that a script can be cut off
# anywhere and simply be run again.
# shellcheck shell=sh

# What others must read they can, whatever umask this login has; mktemp keeps what is secret to root.
umask 022

# A private place for what arrives on stdin; secrets in it are gone when the script ends.
make_work_dir() {
  work=$(mktemp -d /run/hardway.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
}

# read_bundle < BUNDLE
# Splits a bundle into $work/index (one line per entry) and $work/N (the content of entry N); all of it but the end mark
# is in $work/bundle. Fails unless the end mark is there: a connection that breaks looks like the end of stdin.
# Entries: ">>> file PATH MODE OWNER" and its lines, ">>> link PATH TARGET", ">>> because REASON",
# ">>> download DIRECTORY SHA256 URL PROGRAM...", ">>> image REFERENCE"; the last is ">>> end". What follows ">>> reload" a
# unit takes over without a restart.
read_bundle() {
  : > "$work/index"
  : > "$work/bundle"
  awk -v dir="$work" '
    whole        { wrong = "text after its end"; exit }
    /^>>> end$/  { whole = 1; next }
                 { print > (dir "/bundle") }
    /^>>> /      { if (n) close(out); out = dir "/" ++n; printf "" > out; print n, substr($0, 5) > (dir "/index"); next }
    n == 0       { wrong = "text before the first entry"; next }
                 { print > out }
    END {
      if (!whole) wrong = "cut off: the connection broke before its end arrived; nothing was changed"
      if (wrong != "") { print "bundle: " wrong > "/dev/stderr"; exit 1 }
    }'
}

# apply_bundle: makes every entry of the bundle so.
apply_bundle() {
  while read -r n kind path mode owner; do
    case $kind in
      file) put_file "$work/$n" "$path" "$mode" "$owner" ;;
      link) put_link "$path" "$mode" ;;
      because | reload) ;; # of interest to run-unit.sh alone
      *) echo "bundle: unknown entry $kind" >&2; return 1 ;;
    esac
  done < "$work/index"
}

# put_file SOURCE PATH MODE OWNER
put_file() {
  if cmp -s "$1" "$2" && [ "$(stat -c '%a %U:%G' "$2")" = "${3#0} $4" ]; then return 0; fi
  mkdir -p "${2%/*}"
  new=$(mktemp "$2.XXXXXX")
  cat "$1" > "$new"
  chown "$4" "$new"
  chmod "$3" "$new"
  # Otherwise a power cut may leave the name with nothing behind it.
  sync "$new"
  mv -f "$new" "$2"
}

# put_link PATH TARGET
put_link() {
  if [ "$(readlink "$1" || true)" = "$2" ]; then return 0; fi
  [ -e "$2" ] || { echo "$2: not there, so $1 cannot point to it" >&2; return 1; }
  mkdir -p "${1%/*}"
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

# machine_mib: this machine's memory in MiB as systemd counts it for percentages: what the kernel has, or what the
# container has that plays the machine.
machine_mib() {
  for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    [ ! -e "$file" ] || cat "$file"
  done | awk '
    /^[0-9]+$/ && int($1 / 1048576) < limit { limit = int($1 / 1048576) }
    END { print limit }' limit="$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)"
}
