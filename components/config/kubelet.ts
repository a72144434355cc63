import type { Foundation } from "../facts/foundation.ts";
import { suggestion } from "../lib/suggest.ts";
import type { KubeletCertificates, KubeletSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import { checkRange } from "./number-range.ts";
import type { Draft } from "./schema.ts";

/** Who issues kubelets' certificates in a cluster that is still to be made and does not say. */
const inNewClusters: KubeletCertificates = "bootstrap";

const sources: readonly KubeletCertificates[] = ["bootstrap", "pulumi"];

/** @param built - what the stack was built on: who issues certificates there goes on, unless the stack says otherwise */
export function checkKubelet(
  draft: Draft,
  built: Foundation | undefined,
  problems: Problems,
): KubeletSpec {
  const maxPods = draft.kubelet?.maxPods ?? 110;
  // A /24 has 254 host addresses, one of them the bridge's; a few stay free for pods that are ending.
  checkRange("kubelet.maxPods", maxPods, [10, 250], problems);
  const standard = built === undefined ? inNewClusters : (built.kubeletCertificates ?? "pulumi");
  const got = draft.kubelet?.certificates ?? standard;
  const certificates = sources.find((source) => source === got);
  if (certificates === undefined) {
    problems.add("kubelet.certificates", {
      wrong: "not one who issues certificates",
      got,
      fix: suggestion(got, sources),
    });
  }
  return { maxPods, certificates: certificates ?? standard };
}
