import { generateKeyPairSync } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../lib/paths.ts";
import type { Report } from "../lib/progress.ts";
import { execOnMachine } from "../machines/enter.ts";
import { authorizedKey, opensshPrivateKey } from "../plugins/lib/openssh.ts";
import { cloudRequest } from "./cloud.ts";
import { execInLab, type Session } from "./session.ts";
import type { ConfiguredHost } from "./stack-config.ts";

/** Tag of the hosts in the lab's cloud, and name of their VPC: they belong to no cluster. */
const hostsTag = "lab-hosts";

/** Who logs in: not root, as on many rented machines. */
const hostUser = "debian";

/** The shape of the samples' machines. */
const shape = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" } as const;

/** How long a host may take to boot. */
const bootPatienceMs = 120_000;

interface Key {
  /** In authorized_keys form. */
  readonly publicKey: string;
  /** In OpenSSH form. */
  readonly privateKey: string;
}

/** What the lab remembers of its hosts, mode 0600. */
interface HostKeys {
  readonly login: Key;
  /** By host name. */
  readonly hosts: Readonly<Record<string, Key>>;
}

/**
 * Machines for the stack `existing`: hosts that are there before the cluster and after it, and go with the lab.
 *
 * Made when they are not there yet, also those of a node that was added to the config later.
 * @param nodeCidr - range of their private network
 */
export async function ensureHosts(
  session: Session,
  names: readonly string[],
  nodeCidr: string,
  report: Report,
): Promise<Readonly<Record<string, ConfiguredHost>>> {
  const keys = await ensureKeys(session.lab, names);
  const present = await listHosts(session);
  const missing = names.filter((name) => !present.some((host) => host.name === name));
  if (missing.length > 0) {
    report(`making ${missing.length} hosts: ${missing.join(", ")}`);
    const network = await ensureNetwork(session, nodeCidr);
    for (const name of missing) await orderHost(session, name, network, keys);
  }
  const hosts = await booted(session, names);
  return Object.fromEntries(
    hosts.map(({ name, publicIp, privateIp }) => [
      name,
      {
        address: publicIp,
        privateAddress: privateIp,
        user: hostUser,
        hostKey: keys.hosts[name]?.publicKey ?? "",
      },
    ]),
  );
}

/** Gives the stack the key to its hosts, encrypted; it is on no command line. */
export async function setLoginKey(session: Session): Promise<void> {
  const { login } = await readKeys(session.lab);
  await execInLab(session, ["pulumi", "config", "set", "--secret", "existing:privateKey"], {
    input: login.privateKey,
  });
}

/** First boot of a host, as somebody who rents one would have it. @see https://cloudinit.readthedocs.io/ */
export function hostUserData(name: string, login: Key, hostKey: Key): string {
  const user = {
    name: hostUser,
    shell: "/bin/bash",
    sudo: "ALL=(ALL) NOPASSWD:ALL",
    lock_passwd: true,
    ssh_authorized_keys: [login.publicKey],
  };
  const config = {
    hostname: name,
    manage_etc_hosts: true,
    users: [user],
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    ssh_pwauth: false,
    // neither locales nor package lists are needed, and both cost seconds
    locale: false,
    package_update: false,
  };
  return `#cloud-config\n${JSON.stringify(config)}\n`;
}

async function ensureKeys(lab: Lab, names: readonly string[]): Promise<HostKeys> {
  const known = await readKeys(lab).catch(() => ({ login: newKey(), hosts: {} }));
  const fresh = names.filter((name) => !Object.hasOwn(known.hosts, name));
  const hosts = {
    ...known.hosts,
    ...Object.fromEntries(fresh.map((name) => [name, newKey()] as const)),
  };
  const keys = { login: known.login, hosts };
  const path = keysPath(lab);
  await writeFile(`${path}.draft`, JSON.stringify(keys), { mode: 0o600 });
  await rename(`${path}.draft`, path);
  return keys;
}

const keysPath = (lab: Lab): string => join(lab.stateDir, "hosts.json");

async function readKeys(lab: Lab): Promise<HostKeys> {
  return JSON.parse(await readFile(keysPath(lab), "utf8")) as HostKeys;
}

function newKey(): Key {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: authorizedKey(privateKey), privateKey: opensshPrivateKey(privateKey) };
}

interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly networks: {
    readonly v4: readonly { readonly ip_address: string; readonly type: string }[];
  };
}

async function listHosts(session: Session): Promise<readonly Droplet[]> {
  const path = `/v2/droplets?per_page=200&tag_name=${hostsTag}`;
  const { body } = await cloudRequest(session, "GET", path);
  return (body as { droplets: readonly Droplet[] }).droplets;
}

/** @returns its id */
async function ensureNetwork(session: Session, nodeCidr: string): Promise<string> {
  const { body } = await cloudRequest(session, "GET", "/v2/vpcs?per_page=200");
  const { vpcs } = body as { vpcs: readonly { id: string; name: string }[] };
  const known = vpcs.find(({ name }) => name === hostsTag);
  if (known !== undefined) return known.id;
  const { vpc } = await order<{ vpc: { id: string } }>(session, "/v2/vpcs", {
    name: hostsTag,
    region: shape.region,
    ip_range: nodeCidr,
  });
  return vpc.id;
}

async function orderHost(
  session: Session,
  name: string,
  network: string,
  { login, hosts }: HostKeys,
): Promise<void> {
  const hostKey = hosts[name];
  if (hostKey === undefined) throw new Error(`host ${name}: has no key`);
  const droplet = { ...shape, name, vpc_uuid: network, tags: [hostsTag] };
  await order(session, "/v2/droplets", {
    ...droplet,
    user_data: hostUserData(name, login, hostKey),
  });
}

async function order<T>(session: Session, path: string, body: object): Promise<T> {
  const answer = await cloudRequest(session, "POST", path, { body });
  if (answer.status < 300) return answer.body as T;
  throw new Error(`POST ${path}: got ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Waits until each has booted and its first boot is over: such hosts are there, they do not come to be. */
async function booted(
  session: Session,
  names: readonly string[],
): Promise<readonly { name: string; publicIp: string; privateIp: string }[]> {
  const deadline = Date.now() + bootPatienceMs;
  for (;;) {
    const hosts = (await listHosts(session)).filter(({ name }) => names.includes(name));
    if (hosts.length === names.length && hosts.every(({ status }) => status === "active")) {
      await Promise.all(hosts.map(({ id }) => firstBootOver(session.lab, `m${id}`)));
      return hosts.map(({ name, networks }) => {
        const address = (type: string): string =>
          networks.v4.find((network) => network.type === type)?.ip_address ?? "";
        return { name, publicIp: address("public"), privateIp: address("private") };
      });
    }
    if (Date.now() > deadline) {
      const states = hosts.map(({ name, status }) => `${name} is ${status}`).join(", ");
      throw new Error(`hosts: not all there after two minutes: ${states}`);
    }
    await sleep(250);
  }
}

async function firstBootOver(lab: Lab, id: string): Promise<void> {
  await execOnMachine(lab, id, ["cloud-init", "status", "--wait"]);
}
