import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "../lib/host-programs.ts";
import { cacheDir, type Lab, projectDir } from "../lib/paths.ts";
import { labStackName } from "./stacks.ts";

/**
 * Passphrase of every lab's stack. It is no secret: it only keeps the checkout clean, because the salt that
 * belongs to it is committed in Pulumi.dev.yaml. A stack on a real cloud has a passphrase of its own.
 */
const labPassphrase = "hardway-lab";

/** Address at which the lab's cloud answers, inside the lab's network namespace. */
export const labAddress = "10.240.0.1";

/** Base of the lab's DigitalOcean API, without `/v2`. */
export const cloudUrl = `http://${labAddress}:8000`;

/** Base of the lab's Linode API, without `/v4`. */
export const linodeUrl = `http://${labAddress}:8001`;

/** Where the file backend keeps the lab's stack, see pulumi's pkg/backend/diy. */
export const backendDir = (lab: Lab): string => join(lab.stateDir, "pulumi-backend");

/** Cluster admin's kubeconfig, mode 0600, written from the stack's output. */
export const kubeconfigPath = (lab: Lab): string => join(lab.stateDir, "kubeconfig");

export const logDir = (lab: Lab): string => join(lab.stateDir, "logs");

/** Directories with the programs a lab's shell has; null where one is not built yet. */
export interface ToolDirs {
  /** Holds `pulumi` and its language host. */
  readonly pulumi: string | null;
  /** Holds `kubectl`. */
  readonly kubectl: string | null;
}

/**
 * Environment in which Pulumi, kubectl and the user's shell run inside a lab.
 *
 * Nothing in it points at the user's own ~/.pulumi, ~/.kube or SSH agent, and it replaces what the caller's
 * environment says about Pulumi or Kubernetes. Secrets are here and never on a command line.
 * @param token - the lab's cloud API token
 */
export function labEnvironment(
  lab: Lab,
  tools: ToolDirs,
  token: string,
  base: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  const path = [
    tools.pulumi,
    tools.kubectl,
    join(projectDir, "node_modules", ".bin"),
    base["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ];
  return {
    ...insideEnvironment(base),
    PATH: path.filter((dir) => dir !== null).join(":"),
    HARDWAY_LAB: lab.name,
    PULUMI_HOME: lab.pulumiHome,
    // Without its sidecar files: they are not written by a rename, and an empty one, left by a killed run, hides the state.
    PULUMI_BACKEND_URL: `file://${backendDir(lab)}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: labPassphrase,
    PULUMI_STACK: labStackName(lab),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "1",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "1",
    // the program and each plugin load some thousand files; compiled once, they take a third less time
    NODE_COMPILE_CACHE: join(cacheDir, "node-compile"),
    DIGITALOCEAN_TOKEN: token,
    LINODE_TOKEN: token,
    // the official plugin looks for events every 4 s, longer than a machine of the lab takes to boot
    LINODE_EVENT_POLL_MS: "200",
    KUBECONFIG: kubeconfigPath(lab),
    // kubectl's own caches and preferences, which would go to ~/.kube
    KUBECACHEDIR: join(lab.stateDir, "kube-cache"),
    KUBERC: "off",
  };
}

/** The variables of `base` that say nothing about Pulumi, Kubernetes, a cloud account or an SSH agent. */
export function withoutForeign(base: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const foreign =
    /^(PULUMI_|KUBE|DIGITALOCEAN_|SPACES_|LINODE_|SSH_AUTH_SOCK$|npm_|INIT_CWD$|NODE_OPTIONS$)/;
  return Object.fromEntries(
    Object.entries(base).flatMap(([name, value]) =>
      value === undefined || foreign.test(name) ? [] : [[name, value]],
    ),
  );
}

/**
 * What of the caller's environment a process in the lab's network gets: also no proxy, which knows nothing of the lab's
 * addresses. Downloads are made outside, and go through it.
 */
export function insideEnvironment(base: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const kept = Object.entries(withoutForeign(base));
  return Object.fromEntries(
    kept.filter(([name]) => !/^((https?|all|no|ftp)_proxy|NODE_USE_ENV_PROXY)$/i.test(name)),
  );
}

/** Where the lab's resolver settings are: in place of the host's, for whoever works inside the lab. */
const resolverDir = join(import.meta.dirname, "resolver");

/**
 * The command line that runs `command` as one who works in the lab: in its network, and with names as its DNS has them. What is
 * mounted for that is seen by nobody else; the host's own mounts stay in sight.
 */
export function asOperator(lab: Lab, command: readonly string[]): Command {
  const namesOfLab =
    'for file in resolv.conf nsswitch.conf; do [ ! -e "/etc/$file" ] || mount --bind "$0/$file" "/etc/$file" || exit; done; exec "$@"';
  return inLab(lab, [
    ...["unshare", "--mount", "--propagation", "slave", "--"],
    ...["sh", "-c", namesOfLab, resolverDir, ...command],
  ]);
}

/** The command line that runs `command` inside the lab's network namespace. */
export function inLab(lab: Lab, command: readonly string[]): Command {
  return ["nsenter", `--net=${netnsPath(lab)}`, "--", ...command];
}

/** Where `ip netns` keeps the lab's network namespace. */
export function netnsPath(lab: Lab): string {
  return join("/run/netns", lab.netns);
}

/**
 * Token of the lab's cloud API, made when the lab has none.
 * @param create - false: throw instead of making one
 */
export async function cloudToken(lab: Lab, create = false): Promise<string> {
  const path = join(lab.stateDir, "token");
  if (!existsSync(path)) {
    if (!create) throw new Error(`lab ${lab.name}: there is none; run npm run up`);
    await mkdir(lab.stateDir, { recursive: true, mode: 0o755 });
    await writeFile(path, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  }
  return (await readFile(path, "utf8")).trim();
}
