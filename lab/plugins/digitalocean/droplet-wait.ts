import { inner, texts } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { waitForState } from "../lib/bridge/wait.ts";
import type { Call } from "./resource.ts";

/** While it is made, a droplet may not be there yet; while it is deleted, that is the aim; else it is an error. */
export type Operation = "create" | "update" | "delete";

/**
 * Waits until an attribute of a droplet has a value. A locked droplet's attributes do not count.
 * @param attribute - "status", "name", "locked", or a feature, which is "true" or "false"
 */
export async function awaitDroplet(
  call: Call,
  id: string,
  operation: Operation,
  attribute: string,
  target: string,
  pending: readonly string[],
): Promise<void> {
  const look = async (): Promise<string | null> => {
    const answer = await call.client
      .find(`/v2/droplets/${id}`, call.signal)
      .catch(failing("Error retrieving droplet"));
    if (answer === null) return missing(operation, id);
    const droplet = inner(answer, "droplet");
    if (droplet["locked"] === true) return "hidden";
    const value = droplet[attribute];
    if (typeof value === "string" || typeof value === "boolean") return String(value);
    return String(texts(droplet, "features").includes(attribute));
  };
  await waitForState(look, { ...call, target, pending });
}

function missing(operation: Operation, id: string): string | null {
  if (operation === "create") return null;
  if (operation === "delete") return "Not Found";
  throw new Error(`droplet (${id}) not found during update`);
}
