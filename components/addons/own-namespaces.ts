import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import { askApi } from "./api.ts";

const label = "app.kubernetes.io/managed-by";
const owner = "hardway";

/** A namespace as far as it says whose it is. */
export interface FoundNamespace {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

export interface OwnNamespacesArgs {
  /** Those in the stack's state; undefined for a cluster that is still to be made, in which nobody else has made anything. */
  readonly known: ReadonlySet<string> | undefined;
  /** Secret. The cluster admin's, known once the API server answers. */
  readonly kubeconfig: pulumi.Output<string>;
}

/** A namespace of ours: its name in the cluster, and its labels besides the one that says whose it is. */
export interface OwnNamespace {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Makes the namespaces of add-ons, and takes over none that somebody else made: it would be changed, and deleted one day with all in it.
 * The plugin takes over whatever exists, which an interrupted run needs; so this looks first, and knows our own by their label.
 */
export class OwnNamespaces {
  readonly #args: OwnNamespacesArgs;

  constructor(args: OwnNamespacesArgs) {
    this.#args = args;
  }

  create(
    name: string,
    { title, labels }: OwnNamespace,
    opts: pulumi.CustomResourceOptions,
  ): Namespace {
    const { known, kubeconfig } = this.#args;
    const isOurs = known === undefined || known.has(title);
    const checked = isOurs
      ? title
      : pulumi.unsecret(kubeconfig.apply((it) => checkFree(it, title)));
    return new Namespace(
      name,
      { metadata: { name: checked, labels: { [label]: owner, ...labels } } },
      opts,
    );
  }
}

/** A plan goes on when nobody answers; what it makes later is looked at again. */
async function checkFree(kubeconfig: string, title: string): Promise<string> {
  try {
    const answer = await askApi<FoundNamespace>(kubeconfig, `/api/v1/namespaces/${title}`);
    refuseForeign(title, answer.status === 200 ? answer.body : undefined);
  } catch (error) {
    if (error instanceof pulumi.RunError || !pulumi.runtime.isDryRun()) throw error;
  }
  return title;
}

/**
 * @param found - undefined when there is none of this name
 * @throws RunError when it is not one of ours
 */
export function refuseForeign(title: string, found: FoundNamespace | undefined): void {
  if (found === undefined || found.metadata?.labels?.[label] === owner) return;
  throw new pulumi.RunError(
    `namespace ${title}: exists in the cluster and was not made by this program; rename it, switch the add-on off, ` +
      `or hand it over: kubectl label namespace ${title} ${label}=${owner}`,
  );
}
