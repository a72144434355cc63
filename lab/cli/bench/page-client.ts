import { request, Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { labAddress } from "../environment.ts";
import { labAddressOf } from "../forward.ts";

// Run inside the lab's network, as a visitor of the page outside the cluster:
//   node page-client.ts first HOST SECONDS         until the first 200 whose chain verifies against the ACME server's root
//   node page-client.ts load HOST SECONDS RATE     so many requests a second, spread over all addresses given after that
// Both print one JSON object.

/** When the page was there first. */
export interface FirstPage {
  /** Milliseconds since the epoch; null: not in time. */
  readonly at: number | null;
}

/** What a steady stream of requests met. */
export interface LoadFigures {
  readonly requests: number;
  readonly failed: number;
  /** The first failures, in words. */
  readonly failures: readonly string[];
  readonly medianMs: number;
  readonly p99Ms: number;
}

interface Target {
  readonly host: string;
  readonly address: string;
  readonly root: string;
  readonly agent?: Agent;
}

/** Resolves once the page was read to its end with status 200. */
function get({ host, address, root, agent }: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: address,
        servername: host,
        headers: { host },
        ca: root,
        timeout: 5000,
        ...(agent === undefined ? {} : { agent }),
      },
      (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`HTTP ${response.statusCode ?? 0}`));
        });
        response.on("error", reject);
      },
    );
    call.on("timeout", () => call.destroy(new Error("no answer within 5 s")));
    call.on("error", reject);
    call.end();
  });
}

async function acmeRoot(): Promise<string> {
  return (await fetch(`https://${labAddress}:15000/roots/0`)).text();
}

async function first(host: string, seconds: number): Promise<FirstPage> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    try {
      const address = await labAddressOf(host, labAddress);
      await get({ host, address, root: await acmeRoot() });
      return { at: Date.now() };
    } catch {
      await sleep(100);
    }
  }
  return { at: null };
}

async function load(
  host: string,
  seconds: number,
  rate: number,
  addresses: readonly string[],
): Promise<LoadFigures> {
  const root = await acmeRoot();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const [times, failures]: [number[], string[]] = [[], []];
  const one = async (address: string): Promise<void> => {
    const started = performance.now();
    try {
      await get({ host, address, root, agent });
      times.push(performance.now() - started);
    } catch (error) {
      failures.push(`${new Date().toISOString()} ${address}: ${String(error)}`);
    }
  };
  const open = new Set<Promise<void>>();
  const deadline = Date.now() + seconds * 1000;
  for (let n = 0; Date.now() < deadline; n++) {
    const call = one(addresses[n % addresses.length] ?? "").finally(() => open.delete(call));
    open.add(call);
    await sleep(1000 / rate);
  }
  await Promise.all(open);
  agent.destroy();
  times.sort((a, b) => a - b);
  const share = (part: number): number => times[Math.floor(times.length * part)] ?? 0;
  return {
    requests: times.length + failures.length,
    failed: failures.length,
    failures: failures.slice(0, 5),
    medianMs: share(0.5),
    p99Ms: share(0.99),
  };
}

if (process.argv[1] === import.meta.filename) {
  const [, , mode = "", host = "", seconds = "0", rate = "1", ...addresses] = process.argv;
  const result =
    mode === "first"
      ? await first(host, Number(seconds))
      : await load(host, Number(seconds), Number(rate), addresses);
  process.stdout.write(JSON.stringify(result));
}
