import type { ProviderSpec } from "../../spec.ts";
import type { Problems } from "../problems.ts";
import type { Draft } from "../schema.ts";
import { entriesOf } from "./entries.ts";

/** Finds what the stack asks for that only another provider has. */
export function checkForeign(kind: ProviderSpec["kind"], draft: Draft, problems: Problems): void {
  if (!problems.areSound("provider")) return;
  const refuse = (path: string, owner: ProviderSpec["kind"], fix: string) => {
    const wrong = `only for ${owner}, and this stack's provider is ${kind}`;
    problems.add(path, { wrong, fix });
  };
  for (const key of ["api", "ingress"] as const) {
    if (kind === "digitalocean" || draft.reservedIps?.[key] !== true) continue;
    refuse(
      `reservedIps.${key}`,
      "digitalocean",
      "remove it, and let the DNS follow a machine's address",
    );
  }
  const fix = kind === "existing" ? "write it in host" : "remove it: the cloud chooses it";
  for (const { path, node } of entriesOf(draft)) {
    if (kind === "linode" || node.privateAddress === undefined) continue;
    refuse(`${path}.privateAddress`, "linode", fix);
  }
  for (const { path, node } of entriesOf(draft)) {
    if (kind === "existing" || node.host === undefined) continue;
    const wrong = `${kind} makes its machines itself`;
    problems.add(`${path}.host`, { wrong, fix: "remove it, or write hardway:provider: existing" });
  }
}
