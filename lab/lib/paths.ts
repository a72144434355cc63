import { homedir } from "node:os";
import { join } from "node:path";

/** Root of the checkout this lab serves. */
export const projectDir = join(import.meta.dirname, "..", "..");

/**
 * Everything that is expensive to make, keyed by version and recipe; survives `npm run down`.
 * @default "~/.cache/hardway", or `$XDG_CACHE_HOME/hardway`
 */
export const cacheDir = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "hardway");

/**
 * The umask of everything that the lab runs, whatever its caller's is: a machine's disk is made of these files, and its
 * services are users of their own.
 */
export const labUmask = 0o022;

/** One lab: a network namespace, its machines, its cloud and its Pulumi backend. */
export interface Lab {
  /** 1–8 lower-case letters and digits; it is part of interface and namespace names. */
  readonly name: string;
  /** Name of the lab's network namespace under /run/netns. */
  readonly netns: string;
  /** Everything that `npm run down` removes: machines, cloud state, Pulumi backend, logs. */
  readonly stateDir: string;
  /** Survives `npm run down`, so that plugins put there by hand stay. */
  readonly pulumiHome: string;
}

/**
 * The lab with the given name.
 * @param name - default: `$HARDWAY_LAB`, else "dev"
 * @throws Error when the name does not fit into an interface name
 */
export function labNamed(name: string = process.env["HARDWAY_LAB"] || "dev"): Lab {
  if (!/^[a-z][a-z0-9]{0,7}$/.test(name)) {
    throw new Error(
      `HARDWAY_LAB: not a lab name, got ${JSON.stringify(name)}; use 1–8 lower-case letters and digits, e.g. dev2`,
    );
  }
  return Object.freeze({
    name,
    netns: `hardway-${name}`,
    stateDir: join("/var/lib/hardway", name),
    pulumiHome: join(cacheDir, "pulumi-home", name),
  });
}
