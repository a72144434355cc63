import { createRequire } from "node:module";
import type * as Ssh2 from "ssh2";

const load = createRequire(import.meta.url);

/**
 * The SSH library, loaded when it is first needed: it is a third of the plugin's start.
 * With `import()`, Node.js 22.23 gives an empty module where node_modules is a symbolic link.
 */
export function ssh2(): typeof Ssh2 {
  return load("ssh2") as typeof Ssh2;
}
