import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { execInLab, type Session } from "./session.ts";

/** What the cloud API answered. */
export interface CloudResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A Droplet as the lab's cloud lists it. */
export interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly publicIp: string | null;
  readonly privateIp: string | null;
}

/**
 * Asks the lab's cloud API, from inside the lab's network.
 * @param patienceSeconds - how long to wait for somebody to answer at all
 * @throws ExecError when nobody answers
 */
export async function cloudRequest(
  session: Session,
  method: "GET" | "DELETE",
  path: string,
  patienceSeconds = 0,
): Promise<CloudResponse> {
  const script = join(import.meta.dirname, "cloud-request.ts");
  const { stdout } = await execInLab(session, [
    process.execPath,
    script,
    method,
    path,
    String(patienceSeconds),
  ]);
  return JSON.parse(stdout) as CloudResponse;
}

/** Every machine the lab's cloud has, by name. */
export async function listDroplets(session: Session): Promise<readonly Droplet[]> {
  const { body } = await cloudRequest(session, "GET", "/v2/droplets?per_page=200");
  const { droplets } = body as { droplets: readonly RawDroplet[] };
  return droplets.map(fromApi).sort((a, b) => a.name.localeCompare(b.name));
}

interface RawDroplet {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly networks: {
    readonly v4: readonly { readonly ip_address: string; readonly type: string }[];
  };
}

function fromApi({ id, name, status, networks }: RawDroplet): Droplet {
  const address = (type: string): string | null =>
    networks.v4.find((network) => network.type === type)?.ip_address ?? null;
  return { id, name, status, publicIp: address("public"), privateIp: address("private") };
}

/**
 * Deletes one thing and waits until the cloud no longer knows it.
 * @throws Error with the cloud's answer when it refuses, or when it is still there after a minute
 */
export async function deleteAndWait(session: Session, path: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { status, body } = await cloudRequest(session, "DELETE", path);
    if (status === 404) return;
    // 403, 409 and 422: something it belongs to is just going away
    if (status >= 500 || Date.now() > deadline) {
      throw new Error(`DELETE ${path}: the lab's cloud answers ${status} ${JSON.stringify(body)}`);
    }
    await sleep(200);
  }
}
