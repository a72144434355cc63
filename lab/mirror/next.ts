import { recipes } from "../tools/recipes.ts";
import { componentOf } from "./lock.ts";

/**
 * Whether the mirror has the next minor version of Kubernetes beside the default one, for who tries an upgrade. It costs a quarter of
 * an hour of compilation where it cannot be downloaded.
 */
export const hasNext = (): boolean => process.env["HARDWAY_KUBERNETES"] === "next";

/** Whether an entry of a lock is of that version. */
export function isNext({ name, version }: { readonly name: string; readonly version: string }) {
  return componentOf(name) === "kubernetes" && version === recipes["kubernetes-next"].version;
}
