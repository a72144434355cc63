import type { ClusterSpec } from "../../components/spec.ts";
import { sampleSpec } from "./sample.ts";

/** A spec whose control plane is these machines, of any number, as graphs may have: the config wants an odd one. */
export function withMasters(...names: readonly string[]): ClusterSpec {
  const spec = sampleSpec();
  const nodes = names.flatMap((name) => spec.controlPlane.nodes.map((node) => ({ ...node, name })));
  return { ...spec, controlPlane: { nodes } };
}
