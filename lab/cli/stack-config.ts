import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { importedStore } from "../mirror/imported.ts";
import { projectDir } from "../lib/paths.ts";
import { cloudUrl, linodeUrl } from "./environment.ts";
import type { Session } from "./session.ts";
import { type StackChoice, stackNameOf } from "./stacks.ts";
import { stackFile } from "./state.ts";

/** A stack's config file, as far as the lab changes it. */
export interface StackConfig {
  readonly encryptionsalt?: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A host of the lab, as the config names it. */
export interface ConfiguredHost {
  readonly address: string;
  readonly privateAddress: string;
  readonly user: string;
  /** In authorized_keys form. */
  readonly hostKey: string;
}

/** Stacks of the lab that are made from a provider's sample. */
export type SampleChoice = Exclude<StackChoice, "dev">;

const ingressKey = "hardway:ingress";
const operatorsKey = "hardway:operatorCidrs";

/** Where a provider's API is in the lab; hosts that are there already need none. */
const endpoints: Readonly<Record<SampleChoice, Readonly<Record<string, string>>>> = {
  digitalocean: { "digitalocean:apiEndpoint": cloudUrl },
  linode: { "linode:url": linodeUrl },
  existing: {},
};

/**
 * The sample stack of a provider as it runs in the lab: only where things are and who may come in are the lab's.
 * @param dev - the lab's own stack, whose values these are, and whose salt: the passphrase is the same
 * @param keepIngress - true where the mirror has the image of the sample's ingress controller
 */
export function labStackConfig(
  choice: SampleChoice,
  { sample, dev, keepIngress }: { sample: StackConfig; dev: StackConfig; keepIngress: boolean },
): StackConfig {
  const kept = [
    ...(keepIngress ? [ingressKey] : []),
    // a firewall that is not ours: the sample says nothing of it
    ...(operatorsKey in sample.config ? [] : [operatorsKey]),
  ];
  const overlaid = Object.entries(dev.config).filter(
    ([key]) => key.startsWith("hardway:") && !kept.includes(key),
  );
  return {
    ...(dev.encryptionsalt === undefined ? {} : { encryptionsalt: dev.encryptionsalt }),
    config: { ...sample.config, ...Object.fromEntries(overlaid), ...endpoints[choice] },
  };
}

interface HostGroup {
  readonly nodes?: readonly { readonly name: string; readonly host?: object }[];
}
const groups = ["hardway:controlPlane", "hardway:workers"] as const;

/** Names of the nodes that a stack lists one by one. */
export function listedNodes({ config }: StackConfig): readonly string[] {
  return groups.flatMap((key) =>
    ((config[key] as HostGroup | undefined)?.nodes ?? []).map(({ name }) => name),
  );
}

/** The config with the lab's hosts in the place of the sample's. */
export function withHosts(
  stack: StackConfig,
  hosts: Readonly<Record<string, ConfiguredHost>>,
): StackConfig {
  const entries = groups.map((key) => {
    const group = (stack.config[key] ?? {}) as HostGroup;
    const nodes = (group.nodes ?? []).map((node) => ({ ...node, host: hosts[node.name] }));
    return [key, { ...group, nodes }] as const;
  });
  return { ...stack, config: { ...stack.config, ...Object.fromEntries(entries) } };
}

/** The config file of one of the lab's stacks. */
export function stackConfigPath(choice: StackChoice): string {
  return join(projectDir, `Pulumi.${stackNameOf(choice)}.yaml`);
}

/**
 * Writes the config of a new stack; that of one which exists may have been edited, and is kept.
 * @param hostsFor - the hosts behind the nodes of these names; only called where the stack lists hosts
 */
export async function prepareStackConfig(
  { lab }: Session,
  choice: SampleChoice,
  hostsFor: (
    names: readonly string[],
    nodeCidr: string,
  ) => Promise<Readonly<Record<string, ConfiguredHost>>>,
): Promise<void> {
  const path = stackConfigPath(choice);
  const isNew = (await stackFile(lab)) === null || !existsSync(path);
  const before = isNew ? null : await readStackConfig(path);
  // Pulumi itself writes a file that holds nothing but a salt, where there is none.
  const isWhole = before !== null && "config" in before;
  const stack = isWhole ? before : await newStackConfig(choice);
  const complete =
    choice === "existing"
      ? withHosts(stack, await hostsFor(listedNodes(stack), nodeCidrOf(stack)))
      : stack;
  if (isDeepStrictEqual(before, complete)) return;
  const origin = `# Made by \`npm run up -- --stack ${choice}\` from Pulumi.${choice}.yaml and Pulumi.dev.yaml; git ignores it.\n`;
  await writeFile(path, origin + stringify(complete, { lineWidth: 120 }));
}

async function newStackConfig(choice: SampleChoice): Promise<StackConfig> {
  const sample = await readStackConfig(join(projectDir, `Pulumi.${choice}.yaml`));
  const dev = await readStackConfig(stackConfigPath("dev"));
  const { controller = "nginx" } = (sample.config[ingressKey] ?? {}) as { controller?: string };
  const keepIngress = controller === "nginx" && (await hasNginx());
  return labStackConfig(choice, { sample, dev, keepIngress });
}

/** Its image cannot be built from Go modules: somebody has to bring it. */
async function hasNginx(): Promise<boolean> {
  const tags = await importedStore().tags();
  return Object.keys(tags).some((reference) => reference.includes("/nginx/nginx-ingress:"));
}

export async function readStackConfig(path: string): Promise<StackConfig> {
  return parse(await readFile(path, "utf8")) as StackConfig;
}

/** A value of a config that is meant to be text; "" where there is none. */
export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function nodeCidrOf({ config }: StackConfig): string {
  const given = config["hardway:nodeCidr"];
  return typeof given === "string" ? given : "10.10.0.0/20";
}
