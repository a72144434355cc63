import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, get, lab, pulumi, run, start } from "./lab.ts";

export const demoHost = "demo.cloud.test";
export const demoNamespace = "hardway-demo";

/** Root under which the lab's ACME server issues, in a file that curl can read. */
export async function acmeRoot(): Promise<string> {
  const path = join(lab.stateDir, "acme-root.pem");
  const pem = await run(["lab", "exec", "curl", "-sk", "https://10.240.0.1:15000/roots/0"]);
  writeFileSync(path, pem);
  return path;
}

/** Public address of each node. */
export async function publicAddresses(): Promise<Readonly<Record<string, string>>> {
  const text = await pulumi("stack", "output", "nodes", "--json");
  const nodes = JSON.parse(text) as Record<string, { publicIp: string }>;
  return Object.fromEntries(Object.entries(nodes).map(([name, { publicIp }]) => [name, publicIp]));
}

/** What a client saw. */
export interface Polled {
  /** Requests that were answered with 200 under a chain that verifies. */
  readonly answered: number;
  /** Time, address and curl's exit code of each that was not. */
  readonly failed: readonly string[];
}

/**
 * Asks the demo's page over HTTPS at each address in turn, without a pause longer than 50 ms, until told to stop.
 * @param addresses - an entry may be several with spaces between, for a client that tries the next when one fails
 */
export async function pollDemo(addresses: readonly string[]): Promise<{ stop(): Promise<Polled> }> {
  const root = await acmeRoot();
  const [answered, failed, end] = ["answered", "failed", "end"].map((name) =>
    join(lab.stateDir, `e2e-poll.${name}`),
  ) as [string, string, string];
  for (const file of [answered, failed, end]) rmSync(file, { force: true });
  const script = `
    while [ ! -e ${end} ]; do
      for entry in ${addresses.map((it) => `'${it}'`).join(" ")}; do
        for address in $entry; do
          code=0
          curl -sf -m 10 -o /dev/null --cacert ${root} \\
            --resolve ${demoHost}:443:$address https://${demoHost}/ || code=$?
          [ $code != 0 ] || break
        done
        if [ $code = 0 ]; then echo >>${answered}; else echo "$(date +%T.%N) $address $code" >>${failed}; fi
        sleep 0.05
      done
    done`;
  const client = start(["lab", "exec", "sh", "-c", script]);
  const lines = (file: string) =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  // it has begun before anything is done to the cluster
  await eventually(30, () => {
    if (lines(answered).length === 0) throw new Error(`no answer yet: ${lines(failed).join("\n")}`);
    return Promise.resolve();
  });
  return {
    stop: async () => {
      writeFileSync(end, "");
      await client.ended;
      return { answered: lines(answered).length, failed: lines(failed) };
    },
  };
}

/** Node of each of the demo's pods. */
export async function demoNodes(): Promise<readonly string[]> {
  const { items } = await get<{ items: { spec: { nodeName: string } }[] }>(
    "pods",
    "-n",
    demoNamespace,
  );
  return items.map(({ spec }) => spec.nodeName);
}
