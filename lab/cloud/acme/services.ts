import { spawn } from "node:child_process";
import {
  closeSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { acmeDir } from "./identity.ts";
import type { Endpoint } from "./dns.ts";
import type { Lab } from "../../lib/paths.ts";

/** How often it is looked after the services, in milliseconds. */
const checkEvery = 500;

/** One program that runs beside labd and survives it, as machines do. */
interface Service {
  readonly program: "pebble" | "pebble-challtestsrv";
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where the services listen; `host` is the lab's own address. */
export interface AcmeAddresses {
  readonly host: string;
  /** ACME directory, over HTTPS. */
  readonly directory: number;
  /** Issuing certificates, over HTTPS; machines cannot reach it. */
  readonly management: number;
  /** The lab's DNS, which asks `names`. */
  readonly dns: Endpoint;
  /** Records of the lab's zone. */
  readonly names: Endpoint;
  /** Where records are changed, over HTTP. */
  readonly records: Endpoint;
}

/**
 * Keeps a lab's ACME server running, with the server of its names, and every name at the address that `addressNow`
 * gives. A lab that `npm run up` gave no programs goes without.
 */
export function keepAcmeRunning(
  lab: Pick<Lab, "stateDir">,
  at: AcmeAddresses,
  addressNow: () => string,
  log: (line: string) => void,
): { close(): Promise<void> } {
  const dir = acmeDir(lab);
  const ending = new AbortController();
  const said: { address: string | null } = { address: null };
  const check = async (): Promise<void> => {
    for (const service of services(dir, at)) {
      const started = ensureRunning(lab.stateDir, dir, service);
      if (!started) continue;
      log(`started ${service.program}`);
      said.address = null; // a new one knows no address
    }
    const address = addressNow();
    if (address === said.address) return;
    if (await setDefaultAddress(at.records, address)) said.address = address;
  };
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await check();
      } catch (error) {
        log(`acme: ${String(error)}`);
      }
      await delay(checkEvery, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    close: () => {
      ending.abort();
      return running;
    },
  };
}

/** @see https://github.com/letsencrypt/pebble/blob/v2.10.1/README.md */
function services(dir: string, at: AcmeAddresses): readonly Service[] {
  const on = ({ host, port }: Endpoint): string => `${host}:${port}`;
  return [
    {
      program: "pebble-challtestsrv",
      args: [
        ...["-dnsserver", on(at.names), "-management", on(at.records)],
        ...["-defaultIPv4", "", "-defaultIPv6", ""],
        // challenges are answered by the cluster, not by this program
        ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""],
      ],
      env: {},
    },
    {
      program: "pebble",
      args: ["-config", writeConfig(dir, at), "-dnsserver", on(at.dns)],
      env: {
        PEBBLE_VA_NOSLEEP: "1",
        // a real server refuses hardly any nonce; a renewal is to prove the name again
        PEBBLE_WFE_NONCEREJECT: "0",
        PEBBLE_AUTHZREUSE: "0",
      },
    },
  ];
}

/** Lifetime of a certificate: that of Let's Encrypt's default profile from February 2027, in seconds. */
const validityPeriod = 64 * 24 * 3600;

function writeConfig(dir: string, { host, directory, management }: AcmeAddresses): string {
  const pebble = {
    listenAddress: `${host}:${directory}`,
    managementListenAddress: `${host}:${management}`,
    certificate: join(dir, "cert.pem"),
    privateKey: join(dir, "key.pem"),
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
    retryAfter: { authz: 1, order: 1 },
    keyAlgorithm: "ecdsa",
    profiles: { classic: { description: "the usual one", validityPeriod } },
  };
  const path = join(dir, "pebble.json");
  writeFileSync(path, JSON.stringify({ pebble }, null, 2));
  return path;
}

/** Starts a service that does not run, or runs another version; true when it did. */
function ensureRunning(stateDir: string, dir: string, { program, args, env }: Service): boolean {
  const wanted = resolved(join(dir, "bin", program));
  if (wanted === null) return false;
  const pidFile = join(dir, `${program}.pid`);
  const { pid, binary } = runningProgram(pidFile);
  if (binary === wanted) return false;
  if (pid !== null && binary?.endsWith(`/${program}`) === true) {
    process.kill(pid, "SIGKILL");
    return false; // its place is free at the next look
  }
  const log = openSync(join(stateDir, "logs", `${program}.log`), "a", 0o600);
  try {
    const child = spawn(wanted, args, {
      cwd: "/",
      detached: true,
      env,
      stdio: ["ignore", log, log],
    });
    child.on("error", () => undefined); // the next look finds it missing
    child.unref();
    writeFileSync(pidFile, `${child.pid ?? ""}\n`);
  } finally {
    closeSync(log);
  }
  return true;
}

function runningProgram(pidFile: string): { pid: number | null; binary: string | null } {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
    const network = (of: string): string => readlinkSync(`/proc/${of}/ns/net`);
    // a number left by an earlier boot may be that of another lab's process by now
    if (network(String(pid)) !== network("self")) return { pid: null, binary: null };
    return { pid, binary: readlinkSync(`/proc/${pid}/exe`) };
  } catch {
    return { pid: null, binary: null };
  }
}

function resolved(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** False: nobody answers there yet. */
async function setDefaultAddress({ host, port }: Endpoint, ip: string): Promise<boolean> {
  const url = `http://${host}:${port}/set-default-ipv4`;
  const body = JSON.stringify({ ip });
  const response = await fetch(url, { method: "POST", body }).catch(() => null);
  return response?.ok === true;
}
