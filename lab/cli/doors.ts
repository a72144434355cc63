import { execInLab, type Session } from "./session.ts";

/** One request from outside the cluster. */
export interface Knock {
  /** Of a worker, by the stack's output. */
  readonly address: string;
  readonly url: string;
  /** Statuses that will do; empty: any answer at all. */
  readonly wanted: readonly number[];
}

/**
 * What an outsider asks to see whether the cluster serves: plain HTTP at every ingress address, and the demo page at each.
 * @param outputs - of the stack
 */
export function knocks(outputs: Readonly<Record<string, unknown>>): Knock[] {
  const addresses = Array.isArray(outputs["ingressAddresses"])
    ? (outputs["ingressAddresses"] as readonly string[])
    : [];
  const page = outputs["demoUrl"];
  return addresses.flatMap((address) => [
    { address, url: `http://${address}/`, wanted: [] },
    ...(typeof page === "string" ? [{ address, url: page, wanted: [200] }] : []),
  ]);
}

/**
 * What is not served, one line each. A Ready pod says nothing of the way to it: rules of a host's packet filter can be gone.
 * @param ask - HTTP status of an answer; null when there is none
 */
export async function closedDoors(
  asked: readonly Knock[],
  ask: (knock: Knock) => Promise<number | null>,
): Promise<string[]> {
  const answers = await Promise.all(asked.map(ask));
  return asked.flatMap(({ address, url, wanted }, index) => {
    const status = answers[index] ?? null;
    const isOpen = status !== null && (wanted.length === 0 || wanted.includes(status));
    const got = status === null ? "no answer" : `HTTP ${status}`;
    return isOpen ? [] : [`ingress address ${address}: ${got} to ${url}`];
  });
}

/** Asks from inside the lab's network, whatever its DNS says. */
export function askInLab(session: Session): (knock: Knock) => Promise<number | null> {
  return async ({ address, url }) => {
    const { hostname, protocol } = new URL(url);
    const resolve = `${hostname}:${protocol === "https:" ? 443 : 80}:${address}`;
    try {
      const { stdout } = await execInLab(session, [
        ...["curl", "--silent", "--insecure", "--max-time", "5", "--resolve", resolve],
        ...["--output", "/dev/null", "--write-out", "%{http_code}", url],
      ]);
      return Number(stdout) || null;
    } catch {
      return null;
    }
  };
}
