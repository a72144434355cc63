import type { ClusterSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";

/** Where the clouds' own APIs are. */
const apiHosts = { digitalocean: "api.digitalocean.com", linode: "api.linode.com" } as const;

/**
 * Refuses a cluster domain that covers a name which the cluster uses: inside, cluster DNS would say that it does not exist.
 * A key that is in doubt is not judged.
 */
export function checkCoveredNames(
  spec: Pick<ClusterSpec, "network" | "addons" | "artifacts" | "provider" | "names">,
  problems: Problems,
): void {
  const { clusterDomain } = spec.network;
  const covered = namesOf(spec).filter(
    ([, host]) => host === clusterDomain || host.endsWith(`.${clusterDomain}`),
  );
  for (const [key, host] of covered.filter(([key]) => problems.areSound("clusterDomain", key))) {
    problems.add("clusterDomain", {
      wrong: `covers ${host}, which the cluster uses (${key}) and could not find then`,
      got: clusterDomain,
      fix: "write a domain of the cluster's own, e.g. cluster.local",
    });
    return;
  }
}

/** Every name outside the cluster that its pods or machines ask for, by the key that says it. */
function namesOf({
  addons: { acme, demo },
  artifacts: { mirror },
  provider,
  names,
}: Parameters<typeof checkCoveredNames>[0]): [key: string, host: string][] {
  const cloud = provider.kind === "existing" ? undefined : apiHosts[provider.kind];
  const given: (readonly [string, string | null | undefined])[] = [
    ["domain", names?.api],
    ["demo.host", demo?.host],
    ["acme.directory", hostOf(acme?.directory)],
    ["artifacts.mirror", hostOf(mirror.files)],
    ["artifacts.registryMirror", hostOf(mirror.registry)],
    ["provider", cloud],
  ];
  return given.filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

function hostOf(url: string | null | undefined): string | undefined {
  return typeof url === "string" && URL.canParse(url) ? new URL(url).hostname : undefined;
}

/**
 * Refuses a cluster domain of one label for a cluster that is still to be made: it is a public domain, such as com, or may become
 * one, and then every name below it is lost for pods.
 */
export function checkNewDomain(clusterDomain: string, problems: Problems): void {
  if (clusterDomain.includes(".") || !problems.areSound("clusterDomain")) return;
  const wrong = "one label alone, as public domains are: pods could reach no name below it";
  problems.add("clusterDomain", {
    wrong,
    got: clusterDomain,
    fix: "write two labels or more, e.g. cluster.local",
  });
}
