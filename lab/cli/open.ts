import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, isIP, type AddressInfo } from "node:net";
import { join } from "node:path";
import { exec } from "../lib/exec.ts";
import type { Lab } from "../lib/paths.ts";
import { publishedDir } from "../mirror/publish.ts";
import { inLab, labAddress, insideEnvironment } from "./environment.ts";
import type { ForwardMessage } from "./forward.ts";
import { isLabUp } from "./session.ts";

/** What `lab open` leads to. */
export interface Page {
  readonly url: URL;
  readonly host: string;
  readonly port: number;
}

/**
 * Leads a loopback port of this machine to a page of the lab until it is ended, and says how to see the page.
 * @throws Error when the lab does not run or knows no such host
 */
export async function openPage(lab: Lab, text: string): Promise<number> {
  const page = parsePage(text);
  if (!isLabUp(lab)) throw new Error(`lab ${lab.name}: not running; run npm run up`);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const script = join(import.meta.dirname, "forward.ts");
  const [file, ...args] = inLab(lab, [
    process.execPath,
    ...[script, page.host, String(page.port), labAddress],
  ]);
  const child = spawn(file, args, {
    env: insideEnvironment(process.env),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (child.connected) child.disconnect();
    });
  }
  const answer = once(child, "message");
  child.send("listen", server, () => server.close());
  const [message] = (await Promise.race([answer, ended.then(() => [{ error: "" }])])) as [
    ForwardMessage,
  ];
  if ("error" in message) {
    if (child.connected) child.disconnect();
    throw new Error(message.error || "lab open: its process inside the lab ended");
  }
  const root = page.url.protocol === "https:" ? await saveRoot(lab) : null;
  console.log(instructions(page, message.address, port, root));
  await ended;
  return 0;
}

/**
 * Host and port of an http or https URL.
 * @throws Error when it is none
 */
export function parsePage(text: string): Page {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new Error(
      `lab open: not an http or https URL, got ${JSON.stringify(text)}; use e.g. https://demo.cloud.test/`,
    );
  }
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { url, host: url.hostname, port };
}

/** How to see the page through the local port; a name must stay, because host and certificate belong to it. */
export function instructions(
  { url, host, port }: Page,
  address: string,
  localPort: number,
  root: string | null,
): string {
  const local = new URL(url);
  local.port = String(localPort);
  if (isIP(host) !== 0) local.hostname = "127.0.0.1";
  return [
    `${local.href} on this machine leads to ${address}:${port} in the lab, until Ctrl-C.`,
    ...(isIP(host) === 0 ? howTo(host, localPort, local.href, root) : []),
  ].join("\n");
}

function howTo(host: string, port: number, url: string, root: string | null): readonly string[] {
  const trust = root === null ? "" : ` --cacert ${root}`;
  return [
    "",
    `  curl:      curl --resolve ${host}:${port}:127.0.0.1${trust} ${url}`,
    `  Chromium:  chromium --host-resolver-rules="MAP ${host} 127.0.0.1" ${url}`,
    `  others:    add the line "127.0.0.1 ${host}" to /etc/hosts`,
    ...(root === null
      ? []
      : [
          "",
          `The certificate was issued under ${root}, a root of this lab only. Trust it in a`,
          "browser profile that you use for nothing else, or look at the page with curl.",
        ]),
  ];
}

/** Root of the lab's ACME server, saved beside the lock; null while there is none. */
async function saveRoot(lab: Lab): Promise<string | null> {
  const authority = join(publishedDir, "acme-ca.pem");
  if (!existsSync(authority)) return null;
  const script = join(import.meta.dirname, "acme-root.ts");
  const [file, ...args] = inLab(lab, [process.execPath, script]);
  const env = { NODE_EXTRA_CA_CERTS: authority };
  const pem = await exec(file, args, { env }).catch(() => null);
  if (pem === null) return null;
  const path = join(publishedDir, "acme-root.pem");
  await writeFile(path, pem.stdout);
  return path;
}
