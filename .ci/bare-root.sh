#!/usr/bin/env bash
# bare-root.sh COMMAND...
# Runs a command of this checkout in a root that has a minimal Debian and git, this machine's Go, Node.js and npm, and nothing
# else: a package that somebody installed by hand cannot help. The checkout is copied; $XDG_CACHE_HOME and Go's compile cache
# are shared, so that what is made there serves the tests after it. Needs root, Debian's debootstrap, and `npm ci` done.
set -euo pipefail
: "${XDG_CACHE_HOME:?}"
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The mounts end with the process that made them, however it ends.
if [ -z "${BARE_ROOT:-}" ]; then
  BARE_ROOT=$(mktemp -d /var/tmp/hardway-bare.XXXXXX)
  export BARE_ROOT
  trap 'rm -rf --one-file-system "$BARE_ROOT"' EXIT
  unshare --mount --propagation private bash "$checkout/.ci/bare-root.sh" "$@"
  exit
fi

share() { # PATH: what this machine has there, at the same place inside
  if [ -d "$1" ]; then mkdir -p "$BARE_ROOT$1"; else mkdir -p "$BARE_ROOT${1%/*}" && touch "$BARE_ROOT$1"; fi
  mount --rbind "$1" "$BARE_ROOT$1"
}

# Where this machine gets Debian packages from, and through which proxy: URI, then VARIABLE=VALUE lines.
mapfile -t mirror < <(cd "$checkout" && node_modules/.bin/node --input-type=module --eval '
  import { aptMirror } from "./lab/machines/apt-mirror.ts";
  const { uri, env } = await aptMirror();
  console.log([uri, ...Object.entries(env).map((entry) => entry.join("="))].join("\n"));')

chmod 755 "$BARE_ROOT"
mount --bind "$BARE_ROOT" "$BARE_ROOT" # a root that can be unshared is a mount
env "${mirror[@]:1}" debootstrap --variant=minbase --include=git bookworm "$BARE_ROOT" "${mirror[0]}" |
  grep -E '^[EW]:|Base system installed' || :
test -x "$BARE_ROOT/usr/bin/git"

# The network as this machine sees it: names, proxies, and the certificates that its administrator added.
apt-config dump | grep -iE '^Acquire::https?::Proxy' >"$BARE_ROOT/etc/apt/apt.conf.d/proxy" || :
cp /etc/resolv.conf /etc/hosts "$BARE_ROOT/etc/"
mkdir -p "$BARE_ROOT/usr/local/share/ca-certificates"
cp -R /usr/local/share/ca-certificates/. "$BARE_ROOT/usr/local/share/ca-certificates/"
find "$BARE_ROOT/usr/local/share/ca-certificates" -name '*.crt' -exec cat {} + >"$BARE_ROOT/etc/added-ca.pem"

goroot=$(go env GOROOT)
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
for path in /proc /sys /dev "$goroot" "$npm" "$XDG_CACHE_HOME" \
  "$(readlink -f "$XDG_CACHE_HOME/hardway/go/build")"; do share "$path"; done
cp "$(readlink -f "$(command -v node)")" "$BARE_ROOT/usr/local/bin/node"
ln -s "$npm/bin/npm-cli.js" "$BARE_ROOT/usr/local/bin/npm"

mkdir -p "$BARE_ROOT$checkout"
git -C "$checkout" ls-files --cached --others --exclude-standard -z |
  tar --create --directory "$checkout" --null --files-from - --ignore-failed-read |
  tar --extract --directory "$BARE_ROOT$checkout"

proxies=$(env | grep -iE '^(https?|no|all)_proxy=' || :)
# shellcheck disable=SC2086 # one word per variable
exec chroot "$BARE_ROOT" env --ignore-environment --chdir="$checkout" $proxies \
  PATH="$goroot/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root LANG=C.UTF-8 CI=true \
  XDG_CACHE_HOME="$XDG_CACHE_HOME" GOPROXY="$(go env GOPROXY)" GOSUMDB="$(go env GOSUMDB)" \
  GOTOOLCHAIN="$(go env GOTOOLCHAIN)" NODE_EXTRA_CA_CERTS=/etc/added-ca.pem \
  npm_config_registry="$(npm config get registry)" "$@"
