import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, lab, pulumi, run, start } from "./lab.ts";

/** The demo's name in the lab's DNS. */
export const host = "demo.lab.test";

/** What the demo's /api says of a request, as far as the tests look at it. */
export interface Answer {
  readonly pod: string;
  readonly node: string;
  readonly client: string;
}

/** File with the root of the lab's ACME server, for curl's --cacert. */
export async function acmeRoot(): Promise<string> {
  const file = join(lab.stateDir, "acme-root.pem");
  const pem = await run(["lab", "exec", "curl", "-sk", "https://10.240.0.1:15000/roots/0"]);
  writeFileSync(file, pem);
  return file;
}

/** Where the workers serve, by the stack's output. */
export async function ingressAddresses(): Promise<readonly string[]> {
  return JSON.parse(await pulumi("stack", "output", "ingressAddresses", "--json")) as string[];
}

/** Asks for the demo at one worker's address, whatever the DNS says. */
export function curl(address: string, ...args: string[]) {
  const resolve = [80, 443].flatMap((port) => ["--resolve", `${host}:${port}:${address}`]);
  return attempt(["lab", "exec", "curl", "-s", "-m", "10", ...resolve, ...args]);
}

export interface Client {
  /** Ends the client; how many requests it made, and what each that failed ended with. */
  stop(): Promise<{ readonly count: number; readonly failed: readonly string[] }>;
}

/**
 * A client outside the cluster that asks each address for the page again and again, over a new connection that verifies
 * the chain each time. It ends by itself after ten minutes.
 */
export async function startClient(addresses: readonly string[]): Promise<Client> {
  const root = await acmeRoot();
  const log = join(lab.stateDir, "client.log");
  const stop = join(lab.stateDir, "client.stop");
  for (const file of [log, stop]) rmSync(file, { force: true });
  const request = `curl -s -o /dev/null --fail -m 5 --cacert ${root} --resolve "${host}:443:$address" -w '%{http_code} after %{time_total} s' https://${host}/`;
  const loop = `
    end=$(($(date +%s) + 600))
    ask() {
      address=$1
      while [ ! -e ${stop} ] && [ "$(date +%s)" -lt $end ]; do
        said=$(${request}) && echo ok || echo "$(date +%T) $address exit $?: $said"
        sleep 0.1
      done
    }
    for one in ${addresses.join(" ")}; do ask "$one" & done
    wait`;
  const loops = start(["lab", "exec", "sh", "-c", `exec >${log}; ${loop}`]);
  return {
    stop: async () => {
      writeFileSync(stop, "");
      await loops.ended;
      const lines = readFileSync(log, "utf8").trim().split("\n");
      return { count: lines.length, failed: lines.filter((line) => line !== "ok") };
    },
  };
}

/** Sends some eighty requests a second to the page, over few connections, until it is told to stop or for five minutes. */
export async function startLoad(addresses: readonly string[]): Promise<() => Promise<void>> {
  const root = await acmeRoot();
  const loops = addresses.map((address) => {
    const resolve = `${host}:443:${address}`;
    const url = `https://${host}/?[1-100000]`;
    const limits = ["-m", "300", "--rate", "40/s", "-o", "/dev/null"];
    return start([
      "lab",
      "exec",
      "curl",
      "-s",
      ...limits,
      "--cacert",
      root,
      "--resolve",
      resolve,
      url,
    ]);
  });
  return async () => {
    for (const loop of loops) loop.kill();
    await Promise.all(loops.map(({ ended }) => ended));
  };
}
