import type { RequestContext } from "../lib/plugin.ts";
import { decodeConfig } from "../lib/check-properties.ts";
import type { PropertyMap } from "../lib/values.ts";
import { messageOf } from "./api-error.ts";
import { apiClient, type ApiClient } from "./client.ts";
import { providerArgs, providerOptions, type ProviderOptions } from "./config.ts";
import { overridesOf } from "./diff-config.ts";
import { Discovery } from "./discovery.ts";
import { connectionOf, parseKubeconfig, type Connection } from "./kubeconfig.ts";
import { textAt, type KubeObject } from "./objects.ts";
import { openTransport } from "./transport.ts";

/** A configured provider. */
export interface Session {
  readonly options: ProviderOptions;
  /** For namespaced objects that name none; "" when there is no kubeconfig. */
  readonly defaultNamespace: string;
  /** What every operation needs, or why there is none: that is decided once, and not asked again. */
  readonly cluster: Cluster | Unreachable;
}

export interface Cluster {
  readonly isReachable: true;
  readonly client: ApiClient;
  readonly discovery: Discovery;
  /** Major and minor, e.g. [1, 36]. */
  readonly version: readonly [number, number];
}

export interface Unreachable {
  readonly isReachable: false;
  readonly reason: string;
}

/** How long the first answer may take, so that a dead cluster does not hold up a destroy; milliseconds. */
const firstAnswerMs = 10_000;

/**
 * Configures the provider. A kubeconfig that is wrong or an API server that does not answer is no error: it is
 * remembered, and told by the operations that need the cluster.
 * @throws Error when an option is wrong, or the API server older than 1.13
 */
export async function configure(args: PropertyMap, context: RequestContext): Promise<Session> {
  const config = decodeConfig(providerArgs, args);
  const options = providerOptions(config, process.env);
  const namespace = textAt(config, "namespace");
  const unreachable = (reason: string): Session => ({
    options,
    defaultNamespace: namespace,
    cluster: { isReachable: false, reason },
  });
  const text = textAt(config, "kubeconfig");
  let connection: Connection;
  try {
    const kubeconfig = await parseKubeconfig(
      text === "" ? (process.env["KUBECONFIG"] ?? "{}") : text,
    );
    connection = connectionOf(kubeconfig, overridesOf(config));
  } catch (error) {
    return unreachable(
      `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${messageOf(error)}`,
    );
  }
  const defaultNamespace = connection.namespace;
  try {
    const cluster = await reach(connection, options, context.signal);
    return { options, defaultNamespace, cluster };
  } catch (error) {
    if (error instanceof OldServerError) throw error;
    const reason = `unable to load schema information from the API server: ${messageOf(error)}`;
    return { options, defaultNamespace, cluster: { isReachable: false, reason } };
  }
}

async function reach(
  connection: Connection,
  options: ProviderOptions,
  signal: AbortSignal,
): Promise<Cluster> {
  const client = apiClient(await openTransport(connection), options);
  const discovery = new Discovery(client);
  const timeoutMs =
    options.timeoutSeconds === undefined ? firstAnswerMs : options.timeoutSeconds * 1000;
  try {
    // Two at once, since both are needed before anything else: one needs credentials, as all operations do.
    const [version] = await Promise.all([
      client
        .call("GET", "/version", { signal, timeoutMs })
        .catch((): KubeObject => ({ major: "1", minor: "14" })),
      discovery.prime(signal, timeoutMs),
    ]);
    const parsed = parseVersion(version);
    if (parsed[0] === 1 && parsed[1] < 13) throw new OldServerError(parsed);
    return { isReachable: true, client, discovery, version: parsed };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Older than the official provider accepts. */
class OldServerError extends Error {
  constructor([major, minor]: readonly [number, number]) {
    super(`minimum supported cluster version is v1.13. found v${major}.${minor}`);
  }
}

function parseVersion(version: KubeObject): readonly [number, number] {
  const git = /^v(\d+)\.(\d+)\./.exec(textAt(version, "gitVersion"));
  const major = Number(git?.[1] ?? textAt(version, "major"));
  const minor = Number(git?.[2] ?? textAt(version, "minor").replace("+", ""));
  return [major, minor];
}
