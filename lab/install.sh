# Makes node_modules what package-lock.json says, once; quiet and quick when it already is. Sourced by
# run.sh; needs only a Node.js with npm, any supported version: the pinned one is among the packages.
set -eu
umask 022
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
stamp=$root/node_modules/.hardway-installed

is_installed() {
  cmp -s "$root/package-lock.json" "$stamp" && [ -x "$root/node_modules/.bin/node" ]
}

# `npm install NAME` leaves the right tree but no stamp. Packages for other platforms are not in it; nothing imports the
# links to workspaces.
is_same_tree() {
  node -e '
    const { readFileSync } = require("node:fs");
    const packages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
    const wanted = packages(process.argv[1]);
    const there = packages(process.argv[2]);
    const same = (path) => there[path]
      ? there[path].version === wanted[path].version && there[path].integrity === wanted[path].integrity
      : path === "" || !path.includes("node_modules") || wanted[path].optional || wanted[path].peer || wanted[path].link;
    process.exitCode = Object.keys(wanted).every(same) && Object.keys(there).every((path) => wanted[path]) ? 0 : 1;
  ' "$root/package-lock.json" "$root/node_modules/.package-lock.json" 2>/dev/null &&
    [ -x "$root/node_modules/.bin/node" ]
}

if ! is_installed; then
  command -v npm >/dev/null || {
    echo "npm: not found; install Node.js 20 or newer with npm, e.g. apt-get install nodejs npm" >&2
    exit 1
  }
  mkdir -p "$root/.hardway"
  (
    if command -v flock >/dev/null; then flock 9; fi
    is_installed && exit 0
    if ! is_same_tree; then
      echo "installing npm packages ..." >&2
      rm -f "$stamp"
      cd "$root"
      # Of all install scripts only the pinned Node.js needs its own; others would fetch provider plugins.
      npm ci --ignore-scripts --loglevel=error >&2
      npm rebuild --loglevel=error node >&2
    fi
    cp "$root/package-lock.json" "$stamp"
  ) 9>"$root/.hardway/install.lock"
fi
