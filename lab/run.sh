#!/bin/sh
# Runs one command of the lab, e.g. `sh lab/run.sh up`, with the pinned Node.js; installs it first.
. "$(dirname -- "$0")/install.sh"
exec "$root/node_modules/.bin/node" "$root/lab/cli/main.ts" "$@"
