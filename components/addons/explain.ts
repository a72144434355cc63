import * as pulumi from "@pulumi/pulumi";
import { askApi } from "./api.ts";

/** A list of the API server, and what it says of each object that is not as it should be. */
export type Source = readonly [
  path: string,
  reasonOf: (object: WithStatus) => readonly (string | undefined)[],
];

/** As much of an object of cert-manager as says whether it is ready. */
export interface WithStatus {
  readonly status?: {
    readonly reason?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

export interface ExplainArgs {
  /** What is waited for, in the words of the warning. */
  readonly what: string;
  /** Is made, and waits from then on. */
  readonly after: pulumi.Resource;
  /** Secret. Of somebody who may read the sources. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly sources: readonly Source[];
}

/** A certificate usually takes less; a reason that goes away by itself is not worth a warning. */
const firstLookMs = 20_000;
const everyMs = 5_000;

/**
 * While a resource is not ready, warns of what the cluster itself gives as the reason, each once. The plugin sees that one
 * resource, and says at the end of its time only that it waited; what is wrong may be written on another.
 */
export function explainWait(resource: pulumi.Resource, args: ExplainArgs): void {
  if (pulumi.runtime.isDryRun()) return;
  let isDone = false;
  resource.urn.apply(() => {
    isDone = true;
  });
  pulumi.all([args.kubeconfig, args.after.urn]).apply(([kubeconfig]) => {
    const said = new Set<string>();
    const look = async () => {
      if (isDone) return;
      const reasons = await reasonsOf(kubeconfig, args.sources);
      for (const reason of reasons.filter((one) => !said.has(one))) {
        said.add(reason);
        void pulumi.log.warn(`${args.what} is not ready: ${reason}`);
      }
      later(everyMs);
    };
    // Holds no program that is done.
    const later = (ms: number) => setTimeout(() => void look(), ms).unref();
    later(firstLookMs);
  });
}

/** Message of a condition that is not as it should be. */
export function notTrue(type: string): Source[1] {
  return ({ status }) =>
    (status?.conditions ?? [])
      .filter((condition) => condition.type === type && condition.status === "False")
      .map(({ message }) => message);
}

async function reasonsOf(kubeconfig: string, sources: readonly Source[]): Promise<string[]> {
  const found = await Promise.all(
    sources.map(async ([path, reasonOf]) => {
      const answer = await askApi<{ readonly items?: readonly WithStatus[] }>(
        kubeconfig,
        path,
      ).catch(() => undefined);
      return (answer?.body.items ?? []).flatMap(reasonOf);
    }),
  );
  return [...new Set(found.flat().filter((reason) => reason !== undefined))].filter(Boolean);
}
