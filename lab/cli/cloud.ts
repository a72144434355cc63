import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { execInLab, type Session } from "./session.ts";

/** What the cloud API answered. */
export interface CloudResponse {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Asks a cloud API of the lab, from inside the lab's network.
 * @param path - `/v2/…` is DigitalOcean's API, `/v4/…` Linode's
 * @throws ExecError when nobody answers
 */
export async function cloudRequest(
  session: Session,
  method: "GET" | "DELETE" | "POST",
  path: string,
  { patienceSeconds = 0, body }: { readonly patienceSeconds?: number; readonly body?: object } = {},
): Promise<CloudResponse> {
  const script = join(import.meta.dirname, "cloud-request.ts");
  const { stdout } = await execInLab(
    session,
    [process.execPath, script, method, path, String(patienceSeconds)],
    body === undefined ? {} : { input: JSON.stringify(body) },
  );
  return JSON.parse(stdout) as CloudResponse;
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
