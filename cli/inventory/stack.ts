import * as v from "valibot";
import { pulumi } from "../lib/pulumi.ts";
import type { ClusterZone } from "./cloud-client.ts";

/** What the inventory has to know of a stack; the token is a secret and is for the cloud only. */
export interface StackFacts {
  readonly provider: string;
  /** On everything of the cluster: `hardway-<clusterName>`. */
  readonly tag: string;
  /** Null without `hardway:domain`. */
  readonly zone: ClusterZone | null;
  /** Base of the cloud's API; null: the real one. */
  readonly endpoint: string | null;
  readonly token: string | null;
  /** Where the token is set. */
  readonly tokenKey: string;
  readonly resources: readonly StoredThing[];
  /** Resources whose creation began and has not ended: whether they exist, only the cloud knows. */
  readonly interrupted: readonly string[];
}

/** One resource of the state. */
export interface StoredThing {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

const stored = v.looseObject({
  urn: v.string(),
  type: v.string(),
  id: v.optional(v.string(), ""),
});
const exported = v.looseObject({
  deployment: v.nullish(
    v.looseObject({
      resources: v.nullish(v.array(stored)),
      pending_operations: v.nullish(
        v.array(v.looseObject({ type: v.string(), resource: v.looseObject({ urn: v.string() }) })),
      ),
    }),
  ),
});
const config = v.record(v.string(), v.looseObject({ value: v.optional(v.string(), "") }));

type Env = Readonly<Record<string, string | undefined>>;

/** Where each cloud's own settings are. */
const clouds: Readonly<
  Record<string, { endpoint: string; token: string; variables: readonly string[] }>
> = {
  digitalocean: {
    endpoint: "digitalocean:apiEndpoint",
    token: "digitalocean:token",
    variables: ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"],
  },
  linode: { endpoint: "linode:url", token: "linode:token", variables: ["LINODE_TOKEN"] },
};

/** Asks Pulumi for the config and the state of a stack, which may be empty. */
export async function readStack(dir: string, stack: string, env: Env): Promise<StackFacts> {
  const args = ["config", "--json", "--show-secrets", "--non-interactive", "--stack", stack];
  const settings = await pulumi(dir, args);
  const state = await pulumi(dir, ["stack", "export", "--stack", stack]);
  return factsOf(stack, { settings, state, env });
}

/**
 * @param settings - what `pulumi config --json --show-secrets` prints
 * @param state - what `pulumi stack export` prints
 */
export function factsOf(
  stack: string,
  {
    settings,
    state,
    env,
  }: { readonly settings: string; readonly state: string; readonly env: Env },
): StackFacts {
  const values = v.parse(config, JSON.parse(settings));
  const { deployment } = v.parse(exported, JSON.parse(state));
  const valueOf = (key: string) => values[key]?.value || null;
  const provider = valueOf("hardway:provider") ?? "digitalocean";
  const clusterName = valueOf("hardway:clusterName") ?? stack.split("/").at(-1) ?? stack;
  const domain = valueOf("hardway:domain");
  const cloud = clouds[provider];
  const fromEnv = cloud?.variables.map((name) => env[name]).find((value) => value);
  return {
    provider,
    tag: `hardway-${clusterName}`,
    zone: domain === null ? null : { domain, clusterName },
    endpoint: cloud === undefined ? null : valueOf(cloud.endpoint),
    token: cloud === undefined ? null : (valueOf(cloud.token) ?? fromEnv ?? null),
    tokenKey: cloud === undefined ? "" : `${cloud.token} or ${cloud.variables.join(", ")}`,
    resources: (deployment?.resources ?? []).map(({ type, id, urn }) => ({
      type,
      id,
      name: nameOf(urn),
    })),
    interrupted: (deployment?.pending_operations ?? [])
      .filter(({ type }) => type === "creating")
      .map(({ resource }) => nameOf(resource.urn)),
  };
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
