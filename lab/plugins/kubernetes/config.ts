import type { ProviderArgs } from "@pulumi/kubernetes";
import { checkProperties, decodeConfig } from "../lib/check-properties.ts";
import type { CheckFailure } from "../lib/plugin.ts";
import type { PropertySpec, PropertyTable } from "../lib/schema-table.ts";
import { isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { bridgeWords } from "../lib/words.ts";
import type { MutableOptions } from "./force-new.ts";

/** The provider's arguments. */
export const providerArgs = {
  alwaysRender: { type: "boolean" },
  cluster: { type: "string" },
  clusterIdentifier: { type: "string" },
  context: { type: "string" },
  deleteUnreachable: { type: "boolean" },
  enableConfigMapMutable: { type: "boolean" },
  enablePatchForce: { type: "boolean" },
  enableSecretMutable: { type: "boolean" },
  enableServerSideApply: { type: "boolean" },
  helmReleaseSettings: { type: "any" },
  kubeClientSettings: {
    type: {
      object: { burst: { type: "number" }, qps: { type: "number" }, timeout: { type: "number" } },
    },
  },
  kubeconfig: { type: "string" },
  namespace: { type: "string" },
  renderYamlToDirectory: { type: "string" },
  skipUpdateUnreachable: { type: "boolean" },
  suppressDeprecationWarnings: { type: "boolean" },
  suppressHelmHookWarnings: { type: "boolean" },
  upsertExistingObjects: { type: "boolean" },
} satisfies PropertyTable & Record<keyof ProviderArgs, PropertySpec>;

/** How the provider behaves; see the arguments of `kubernetes.Provider` for what each means. */
export interface ProviderOptions extends MutableOptions {
  readonly deleteUnreachable: boolean;
  readonly skipUpdateUnreachable: boolean;
  readonly enablePatchForce: boolean;
  readonly upsertExistingObjects: boolean;
  /** Requests a second, on average. */
  readonly qps: number;
  /** Requests at once. */
  readonly burst: number;
  /** Of one request; undefined: no limit but for the first. */
  readonly timeoutSeconds: number | undefined;
}

/** Checks the provider's arguments; those that only the official provider can follow are refused by name. */
export function checkConfig(news: PropertyMap): readonly CheckFailure[] {
  const config = decodeConfig(providerArgs, news);
  const refuse = (property: string, reason: string): CheckFailure[] => [
    {
      property,
      reason: `${reason}; the lab's local kubernetes plugin cannot do that, install the official one`,
    },
  ];
  return [
    ...checkProperties(providerArgs, config, bridgeWords).failures,
    ...(isGiven(config["renderYamlToDirectory"])
      ? refuse(
          "renderYamlToDirectory",
          '"renderYamlToDirectory" writes YAML instead of applying it',
        )
      : []),
    ...(config["alwaysRender"] === true
      ? refuse("alwaysRender", '"alwaysRender" writes YAML instead of applying it')
      : []),
    ...(isGiven(config["helmReleaseSettings"])
      ? refuse("helmReleaseSettings", '"helmReleaseSettings" is for Helm releases')
      : []),
    ...(config["enableServerSideApply"] === false
      ? refuse("enableServerSideApply", '"enableServerSideApply: false" applies on the client side')
      : []),
  ];
}

/**
 * Options out of the checked arguments; what is not given comes from the environment.
 * @throws Error naming the variable that is no number, or asks for what cannot be done here
 */
export function providerOptions(config: PropertyMap, env: NodeJS.ProcessEnv): ProviderOptions {
  if (env["PULUMI_K8S_AWAIT_ALL"] === "true") {
    throw new Error("PULUMI_K8S_AWAIT_ALL: the lab's local kubernetes plugin cannot do that");
  }
  const flag = (name: string, variable: string): boolean =>
    typeof config[name] === "boolean" ? config[name] : env[variable] === "true";
  if (
    !isGiven(config["enableServerSideApply"]) &&
    "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY" in env &&
    env["PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY"] !== "true"
  ) {
    throw new Error(
      "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY: the lab's local kubernetes plugin only applies on the server side",
    );
  }
  const settings = isMap(config["kubeClientSettings"]) ? config["kubeClientSettings"] : {};
  const setting = (name: string): number | undefined => {
    if (typeof settings[name] === "number") return settings[name];
    const variable = `PULUMI_K8S_CLIENT_${name.toUpperCase()}`;
    const text = env[variable] ?? "";
    if (text === "") return undefined;
    if (Number.isFinite(Number(text))) return Number(text);
    throw new Error(`invalid value specified for ${variable}: ${text}`);
  };
  return {
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
    enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
    upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
    enableConfigMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
    qps: setting("qps") ?? 50,
    burst: setting("burst") ?? 120,
    timeoutSeconds: setting("timeout"),
  };
}

function isGiven(value: PropertyValue | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}
