import { text } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { actAndWait, awaitStatus } from "./events.ts";
import { pathOf } from "./instance-state.ts";
import type { Call } from "./resource.ts";

/** Where what is under way leads. */
const ends: Readonly<Record<string, "running" | "offline">> = {
  booting: "running",
  rebooting: "running",
  running: "running",
  shutting_down: "offline",
  offline: "offline",
};

/** Waits for what is under way. @returns the status it ends in */
export async function settledStatus(call: Call, id: string): Promise<"running" | "offline"> {
  const found = await call.client
    .get(pathOf(id), call.signal)
    .catch(failing("failed to get instance"));
  const status = text(found, "status");
  const end = ends[status];
  if (end === undefined) {
    throw new Error(`cannot wait for instance to exit transient status ${status}`);
  }
  if (status === end) return end;
  await awaitStatus({ ...call, timeoutSeconds: 120 }, id, end).catch(
    failing(`failed to wait for instance to reach status ${end}`),
  );
  return end;
}

/** Boots a Linode and waits for it. @param config - id of the configuration profile */
export async function boot(call: Call, id: string, config: number): Promise<void> {
  const body = config === 0 ? {} : { config_id: config };
  const start = () => call.client.request("POST", `${pathOf(id)}/boot`, call.signal, body);
  await actAndWait(call, id, "linode_boot", start, {
    start: "failed to boot instance",
    wait: "failed to wait for instance boot",
  });
}

/** Shuts a Linode down and waits for it. */
export async function shutDown(call: Call, id: string): Promise<void> {
  const start = () => call.client.request("POST", `${pathOf(id)}/shutdown`, call.signal, {});
  await actAndWait(call, id, "linode_shutdown", start, {
    start: "failed to shutdown instance",
    wait: "failed to wait for instance shutdown",
  });
}

/** Boots a Linode or shuts it down, unless it is as it should be. */
export async function power(call: Call, id: string, on: boolean): Promise<void> {
  const status = await settledStatus(call, id);
  if (on && status !== "running") await boot(call, id, 0);
  if (!on && status !== "offline") await shutDown(call, id);
}
