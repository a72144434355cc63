import { inner, number, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { waitForState } from "../lib/bridge/wait.ts";
import type { Call } from "./resource.ts";

/** What the API says of a reserved address; null: there is none. */
export async function findReservedIp({ client, signal }: Call, ip: string): Promise<Json | null> {
  const answer = await client.find(`/v2/reserved_ips/${ip}`, signal);
  return answer === null ? null : inner(answer, "reserved_ip");
}

/** Orders that an address be assigned or taken off. @returns the action's number */
export async function orderAction(
  { client, signal }: Call,
  ip: string,
  order: Json,
): Promise<number> {
  const answer = await client.request("POST", `/v2/reserved_ips/${ip}/actions`, signal, order);
  return number(inner(answer, "action"), "id");
}

/** Waits until such an order is done. */
export async function awaitAction(call: Call, ip: string, action: number): Promise<void> {
  const look = async (): Promise<string> => {
    const answer = await call.client
      .get(`/v2/reserved_ips/${ip}/actions/${action}`, call.signal)
      .catch(failing(`Error retrieving reserved IP (${ip}) ActionId (${action})`));
    return text(inner(answer, "action"), "status");
  };
  await waitForState(look, { ...call, target: "completed", pending: ["new", "in-progress"] });
}
