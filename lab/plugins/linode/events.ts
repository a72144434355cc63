import { setTimeout as delay } from "node:timers/promises";
import { inners, number, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { Call } from "./resource.ts";

/** What the account's events name a work on a Linode. */
export type Action =
  "linode_boot" | "linode_delete" | "linode_reboot" | "linode_resize" | "linode_shutdown";

const initialize = failing("failed to initialize event poller");

/**
 * Starts a work and waits for the event that says that it is finished: the first one that was not there before.
 * @param words - what is put before an error of the start, and of the wait
 * @see https://github.com/linode/linodego/blob/v1.54.0/waitfor.go `EventPoller`
 */
export async function actAndWait(
  call: Call,
  id: string,
  action: Action,
  start: () => Promise<unknown>,
  words: { readonly start: string; readonly wait: string },
): Promise<void> {
  const before = new Set((await events(call, id, action).catch(initialize)).map(eventId));
  await start().catch(failing(words.start));
  await finished(call, id, action, before).catch(failing(words.wait));
}

async function finished(
  call: Call,
  id: string,
  action: Action,
  before: ReadonlySet<number>,
): Promise<void> {
  const deadline = deadlineOf(call);
  let event: number | undefined;
  while (event === undefined) {
    await tick(call, deadline, "failed to wait for event: failed to wait for event");
    event = (await events(call, id, action)).map(eventId).find((one) => !before.has(one));
  }
  for (;;) {
    await tick(call, deadline, "failed to wait for event finished");
    const found = await call.client
      .get(`/account/events/${event}`, call.signal)
      .catch(failing("failed to get event"));
    if (text(found, "status") === "finished") return;
    if (text(found, "status") === "failed") throw new Error(`event ${event} has failed`);
  }
}

/** Waits until a Linode has a status. No other status is an error. */
export async function awaitStatus(call: Call, id: string, status: string): Promise<void> {
  const deadline = deadlineOf(call);
  for (;;) {
    await tick(call, deadline, `Error waiting for Instance ${id} status ${status}`);
    const found = await call.client.get(`/linode/instances/${id}`, call.signal);
    if (text(found, "status") === status) return;
  }
}

const eventId = (event: Json): number => number(event, "id");

async function events({ client, signal }: Call, id: string, action: Action) {
  const filter = {
    "+order": "desc",
    "+order_by": "created",
    action,
    "entity.id": Number(id),
    "entity.type": "linode",
  };
  const answer = await client
    .request("GET", "/account/events?page=1", signal, undefined, filter)
    .catch(failing("failed to list events"));
  return inners(answer, "data");
}

const deadlineOf = ({ timeoutSeconds }: Call): number => Date.now() + timeoutSeconds * 1000;

async function tick({ pollMs, signal }: Call, deadline: number, waiting: string): Promise<void> {
  if (Date.now() >= deadline) throw new Error(`${waiting}: context deadline exceeded`);
  await delay(pollMs, undefined, { signal });
}
