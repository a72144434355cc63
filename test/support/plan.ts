import type { Resource } from "@pulumi/pulumi";
import type { Graph, Registered } from "./graph.ts";

/**
 * What a plan makes, one line per resource in the order in which the program names them: type, name, and after `<` what
 * it waits for, besides the outputs that it uses. Ends with how many there are of each package.
 */
export function planText({ resources }: Graph): string {
  const lines = resources.map(
    (resource) => `${resource.type} ${resource.name}${waitsFor(resource)}`,
  );
  const counts = new Map<string, number>();
  for (const { type } of resources) {
    const sdk = type.startsWith("pulumi:providers:") ? "provider" : (type.split(":")[0] ?? "");
    counts.set(sdk, (counts.get(sdk) ?? 0) + 1);
  }
  const totals = [...counts].sort().map(([sdk, count]) => `${sdk} ${count}`);
  return [...lines, "", `${resources.length} resources: ${totals.join(", ")}`, ""].join("\n");
}

function waitsFor({ opts: { dependsOn } }: Registered): string {
  const resources = Array.isArray(dependsOn) ? (dependsOn as Resource[]) : [];
  const names = resources.map(nameOf).sort();
  return names.length === 0 ? "" : ` < ${names.join(", ")}`;
}

/** `Namespace/flannel`, whether it is a resource or a component. */
function nameOf(resource: Resource): string {
  const { __name = "?", __pulumiType = "?" } = resource as {
    __name?: string;
    __pulumiType?: string;
  };
  return `${__pulumiType.replace(/^.*:/, "")}/${__name}`;
}
