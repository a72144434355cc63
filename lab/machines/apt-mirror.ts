import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../lib/exec.ts";

/** Where this host gets Debian packages from, and how. */
export interface AptMirror {
  /** Archive root, as it stands in the host's apt sources; serves every suite of Debian. */
  readonly uri: string;
  /** Proxy settings of apt, as the environment variables wget reads. */
  readonly env: Readonly<Record<string, string>>;
}

const debianSuites = /^(oldstable|stable|testing|sid|bullseye|bookworm|trixie|forky|duke)$/;

/**
 * The Debian mirror of this host.
 * @throws Error when the host has none (it is no Debian) and `$HARDWAY_DEBIAN_MIRROR` is not set
 */
export async function aptMirror(etcApt = "/etc/apt"): Promise<AptMirror> {
  const env = aptProxyEnv((await exec("apt-config", ["dump"])).stdout);
  const chosen = process.env["HARDWAY_DEBIAN_MIRROR"];
  if (chosen) return { uri: chosen, env };
  for (const text of await sourceFiles(etcApt)) {
    const uri = debianUri(text);
    if (uri !== undefined) return { uri, env };
  }
  throw new Error(
    `${etcApt}: no Debian mirror is configured on this host; set HARDWAY_DEBIAN_MIRROR to the URL of one`,
  );
}

/** First archive of a sources file (one-line or deb822 form) that serves a whole Debian suite with main. */
export function debianUri(text: string): string | undefined {
  const sources = /^Types:/m.test(text) ? deb822Sources(text) : oneLineSources(text);
  return sources.find(
    ({ uri, suites, components }) =>
      /^(https?|file):/.test(uri) &&
      suites.some((suite) => debianSuites.test(suite)) &&
      components.includes("main"),
  )?.uri;
}

/** apt's proxies as `http_proxy` and `https_proxy`; "DIRECT" and unset give nothing. */
export function aptProxyEnv(aptConfigDump: string): Record<string, string> {
  const found = aptConfigDump.matchAll(/^Acquire::(https?)::Proxy "(.+)";$/gim);
  return Object.fromEntries(
    [...found]
      .filter(([, , proxy]) => proxy !== "DIRECT" && proxy !== "false")
      .map(([, scheme, proxy]) => [`${String(scheme).toLowerCase()}_proxy`, String(proxy)]),
  );
}

interface Source {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

function oneLineSources(text: string): Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line.trim());
    if (!match) return [];
    const [, uri = "", suite = "", components = ""] = match;
    return [{ uri, suites: [suite], components: components.split(/\s+/) }];
  });
}

function deb822Sources(text: string): Source[] {
  const uncommented = text.replaceAll(/^#.*\n?/gm, "");
  return uncommented.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): string[] =>
      (new RegExp(`^${name}:((?:.*)(?:\\n[ \\t]+.*)*)`, "im").exec(stanza)?.[1] ?? "")
        .split(/\s+/)
        .filter(Boolean);
    const disabled = field("Enabled")[0] === "no" || !field("Types").includes("deb");
    if (disabled) return [];
    return field("URIs").map((uri) => ({
      uri,
      suites: field("Suites"),
      components: field("Components"),
    }));
  });
}

async function sourceFiles(etcApt: string): Promise<string[]> {
  const listed = await readdir(join(etcApt, "sources.list.d")).catch(() => []);
  const names = listed.filter((name) => /\.(list|sources)$/.test(name)).sort();
  const paths = [
    join(etcApt, "sources.list"),
    ...names.map((name) => join(etcApt, "sources.list.d", name)),
  ];
  return Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));
}
