import { acmeRoot, demoHost as host } from "./demo.ts";
import { attempt, pulumi, start } from "./lab.ts";

/** What the demo's /api says of a request, as far as the tests look at it. */
export interface Answer {
  readonly pod: string;
  readonly node: string;
  readonly client: string;
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

/** Where plain HTTP sends a browser; a port that says no more than `https:` does is left out, as the controllers differ there. */
export async function redirectOf(address: string): Promise<string> {
  const { stdout } = await curl(
    address,
    ...["-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", `http://${host}/`],
  );
  const [code = "", url = ""] = stdout.split(" ");
  return /^30[18]$/.test(code) ? new URL(url).href : `HTTP ${code}`;
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
