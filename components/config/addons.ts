import { nameWithinZone } from "../facts/cluster-names.ts";
import {
  addonNames,
  addonsInUse,
  addonTable,
  switchedAddons,
  type SwitchedAddon,
} from "../facts/addon-table.ts";
import { isDnsName } from "../lib/dns-names.ts";
import { suggestion } from "../lib/suggest.ts";
import type { AcmeSpec, AddonSpec, AddonsSpec, DemoSpec, IngressKind, NamesSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import { checkRange } from "./number-range.ts";
import type { Draft } from "./schema.ts";
import { checkUrl } from "./url.ts";

const controllers = ["nginx", "traefik"] as const satisfies readonly IngressKind[];

/** Let's Encrypt's two. @see https://letsencrypt.org/docs/acme-protocol-updates/ */
const directories = {
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
  production: "https://acme-v02.api.letsencrypt.org/directory",
} as const;

/** What the choice of add-ons depends on. */
export interface AddonInput {
  readonly draft: Draft;
  readonly workerCount: number;
  readonly clusterName: string;
  readonly names: NamesSpec | null;
  /** Text of a file that the stack names; throws when it cannot be read. */
  readonly readText: (path: string) => string;
}

/** Everything that runs in the cluster by our hand. */
export function checkAddons(input: AddonInput, problems: Problems): AddonsSpec {
  const { draft, workerCount } = input;
  const switches = switchesOf(draft);
  const replicas = draft.addons?.coredns?.replicas ?? Math.max(1, Math.min(2, workerCount));
  checkRange("addons.coredns.replicas", replicas, [1, 10], problems);
  const addons = {
    ...switches,
    coredns: { ...switches.coredns, replicas },
    ingress: {
      isEnabled: draft.ingress?.enabled ?? true,
      controller: checkController(draft, problems),
    },
    acme: checkAcme(input, problems),
    demo: checkDemo(input, problems),
  };
  checkNeeds(addons, problems);
  return addons;
}

/** Every switch below `addons`; all are on unless the stack says otherwise. */
function switchesOf({ addons = {} }: Draft): Record<SwitchedAddon, AddonSpec> {
  const entries = switchedAddons.map((name) => [
    name,
    { isEnabled: addons[name]?.enabled ?? true },
  ]);
  return Object.fromEntries(entries) as Record<SwitchedAddon, AddonSpec>;
}

function checkController({ ingress }: Draft, problems: Problems): IngressKind {
  const got = ingress?.controller ?? "nginx";
  const found = controllers.find((name) => name === got);
  if (found !== undefined) return found;
  const fix = suggestion(got, controllers);
  problems.add("ingress.controller", { wrong: "unknown ingress controller", got, fix });
  return "nginx";
}

function checkAcme({ draft, readText }: AddonInput, problems: Problems): AcmeSpec | null {
  const { acme } = draft;
  if (acme === undefined || Object.keys(acme).length === 0) return null;
  const directory = acme.directory ?? "staging";
  return {
    email: checkEmail(acme.email, directory, problems),
    directory: checkDirectory(directory, problems),
    caBundle: acme.caBundle === undefined ? null : checkCa(acme.caBundle, readText, problems),
  };
}

function checkEmail(got: string | undefined, directory: string, problems: Problems): string {
  const path = "acme.email";
  const fix = "write the address that the certificate authority may write to, e.g. ops@your.domain";
  if (got === undefined) {
    if (problems.areSound(path)) problems.add(path, { wrong: "missing", fix });
    return "";
  }
  const [, domain = ""] = /^[^\s@,;<>"]{1,64}@([^\s@]+)$/.exec(got) ?? [];
  if (!isDnsName(domain.toLowerCase()) || !domain.includes(".")) {
    problems.add(path, { wrong: "not an e-mail address", got, fix });
  } else if (directory in directories && /(^|\.)example\.(com|net|org)$/i.test(domain)) {
    problems.add(path, { wrong: "Let's Encrypt refuses addresses of example domains", got, fix });
  }
  return got;
}

function checkDirectory(got: string, problems: Problems): string {
  const path = "acme.directory";
  const known = got in directories ? directories[got as keyof typeof directories] : null;
  if (known !== null) return known;
  if (!/^[a-z]+:/i.test(got)) {
    const fix = `write staging, production or a URL: ${suggestion(got, Object.keys(directories))}`;
    problems.add(path, { wrong: "unknown ACME directory", got, fix });
    return got;
  }
  const url = checkUrl(path, got, directories.staging, problems);
  if (url?.startsWith("http://") === true) {
    const wrong = "ACME is spoken over HTTPS only";
    problems.add(path, { wrong, got, fix: "write an https URL" });
  }
  return url ?? got;
}

function checkCa(path: string, readText: (path: string) => string, problems: Problems): string {
  const add = (wrong: string, fix: string) => {
    problems.add("acme.caBundle", { wrong, got: path, fix });
    return "";
  };
  let text: string;
  try {
    text = readText(path);
  } catch {
    return add("cannot be read", "name a PEM file of the project; `npm run up` writes the lab's");
  }
  if (/PRIVATE KEY/.test(text)) return add("holds a private key", "name the certificate alone");
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.test(text)
    ? text
    : add("holds no certificate", "name a file with -----BEGIN CERTIFICATE-----");
}

function checkDemo(
  { draft: { demo, acme }, clusterName, names }: AddonInput,
  problems: Problems,
): DemoSpec | null {
  const path = "demo.host";
  const fix = "write a DNS name that leads to the workers, e.g. demo.your.domain";
  // A page that nobody asked for is made where nothing more must be said for it.
  const isOffered =
    names !== null && (demo?.enabled === true || Object.keys(acme ?? {}).length > 0);
  const got =
    demo?.host ??
    (isOffered ? `${nameWithinZone("demo", clusterName)}.${names.domain}` : undefined);
  if (got === undefined) {
    if (demo?.enabled === true && problems.areSound("demo")) {
      problems.add(path, { wrong: "missing", fix });
    }
    return null;
  }
  if (!isDnsName(got) || !got.includes(".") || /^[\d.]+$/.test(got)) {
    problems.add(path, { wrong: "not a DNS name in lower case with a dot", got, fix });
  } else if (got === names?.api) {
    problems.add(path, { wrong: "leads to the API servers", got, fix });
  }
  return (demo?.enabled ?? true) ? { host: got } : null;
}

/** Refuses an add-on that is on without what it needs, and says either way out. */
function checkNeeds(addons: AddonsSpec, problems: Problems): void {
  const inUse = addonsInUse(addons);
  const missing = inUse.flatMap(({ key, needs }) =>
    needs
      .filter((needed) => !inUse.some((other) => other.key === needed))
      .filter((needed) => problems.areSound(key, needed))
      .map((needed) => ({ key, needed })),
  );
  for (const { key, needed } of missing) {
    const [wrong, fix] = [
      `needs ${titleOf(needed)}, which is off`,
      `${turnOn(needed)}, or ${turnOff(key)}`,
    ];
    problems.add(key, { wrong, fix });
  }
}

const titleOf = (key: string) =>
  addonNames.map((name) => addonTable[name]).find((row) => row.key === key)?.title ?? key;
const turnOn = (key: string) =>
  key === "acme" ? "write acme: {email: …}" : `set ${key}.enabled to true`;
const turnOff = (key: string) =>
  key === "acme" ? "leave acme out" : `set ${key}.enabled to false`;
