#!/bin/sh
# Runs one command of the lab, e.g. `sh lab/run.sh up`, with the pinned Node.js; installs it first.
. "$(dirname -- "$0")/install.sh"
# Downloads go through the user's proxy, as those of go and apt do. A flag is not inherited: nothing in the lab does.
exec "$root/node_modules/.bin/node" --use-env-proxy --disable-warning=UNDICI-EHPA "$root/lab/cli/main.ts" "$@"
