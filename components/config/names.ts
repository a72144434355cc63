import { nameWithinZone } from "../facts/cluster-names.ts";
import { isDnsName } from "../lib/dns-names.ts";
import { suggestion } from "../lib/suggest.ts";
import type { NamesSpec, NodeGroupSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";

/** What the names depend on. */
interface NamesInput {
  readonly clusterName: string;
  readonly controlPlane: NodeGroupSpec;
}

/** By which names, or through which machine, the cluster is reached from outside. */
export function checkNames(
  draft: Draft,
  { clusterName, controlPlane }: NamesInput,
  problems: Problems,
): { readonly names: NamesSpec | null; readonly apiMaster: string | null } {
  // An empty text is how Pulumi.yaml says: none.
  const [domain = "", apiMaster = ""] = [draft.domain, draft.apiMaster];
  return {
    names: domain === "" ? null : checkDomain(domain, clusterName, problems),
    apiMaster: apiMaster === "" ? null : checkMaster(apiMaster, controlPlane, problems),
  };
}

function checkDomain(domain: string, clusterName: string, problems: Problems): NamesSpec {
  const names = {
    domain,
    api: `${nameWithinZone("api", clusterName)}.${domain}`,
    ingress: `${nameWithinZone("ingress", clusterName)}.${domain}`,
  };
  if (!domain.includes(".") || !isDnsName(domain) || /\.\d+$/.test(domain)) {
    const wrong = "not a DNS zone in lower case with a dot inside";
    problems.add("domain", { wrong, got: domain, fix: "write a zone of yours, e.g. example.com" });
  } else if (problems.areSound("clusterName") && !isDnsName(names.ingress)) {
    const wrong = `too long for ${names.ingress}, of which DNS takes 253 characters`;
    problems.add("domain", { wrong, fix: "use a shorter zone or clusterName" });
  }
  return names;
}

function checkMaster(got: string, { nodes }: NodeGroupSpec, problems: Problems): string {
  const names = nodes.map(({ name }) => name);
  if (!names.includes(got) && problems.areSound("controlPlane")) {
    const fix = suggestion(got, names);
    problems.add("apiMaster", { wrong: "no control-plane machine", got, fix });
  }
  return got;
}
