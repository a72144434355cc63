import { randomBytes } from "node:crypto";
import { eventually, run } from "./lab.ts";

/** A machine as its cloud knows it. */
export interface CloudMachine {
  readonly id: string;
  /** Its name as a node. */
  readonly name: string;
  /** Whether its first boot is over. */
  readonly isReady: boolean;
}

/** A cloud of the lab, asked past Pulumi. */
export interface Cloud {
  /** Where machines are made; what a fault is set for. */
  readonly machinesPath: string;
  /** Every machine of the account. */
  machines(): Promise<readonly CloudMachine[]>;
  /** Orders a machine that belongs to nothing, without a firewall. */
  makeStranger(name: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Kind and name of everything that carries a cluster's tag. */
  carrying(tag: string): Promise<readonly string[]>;
}

/** What both clouds list: names are labels on one of them. */
interface Listed {
  readonly id: number | string;
  readonly name?: string;
  readonly label?: string;
  readonly status?: string;
  readonly tags?: readonly string[];
}

/** One request to a cloud API of the lab; the body goes by stdin, it may hold a password. */
async function api<T>(method: string, url: string, body?: object): Promise<T> {
  const text = await run(
    [
      ...["lab", "exec", "sh", "-c"],
      `curl -sS --fail-with-body -X ${method} -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" ` +
        `-H "Content-Type: application/json" ${body === undefined ? "" : "--data @- "}'${url}'`,
    ],
    body === undefined ? "" : JSON.stringify(body),
  );
  return (text === "" ? null : JSON.parse(text)) as T;
}

/** Everything of one kind that has the tag, or whose name begins with it. */
function carriers(kind: string, items: readonly Listed[], tag: string): readonly string[] {
  return items.flatMap(({ name, label, tags = [] }) => {
    const called = name ?? label ?? "";
    return tags.includes(tag) || called.startsWith(tag) ? [`${kind} ${called}`] : [];
  });
}

const digitalOceanUrl = "http://10.240.0.1:8000/v2";

/** Switches a Droplet on or off, or off and on; off is like pulling the plug. */
export async function power(
  machine: string,
  type: "power_off" | "power_on" | "power_cycle",
): Promise<void> {
  const droplets = `${digitalOceanUrl}/droplets`;
  const found = await api<{ droplets: readonly Listed[] }>("GET", `${droplets}?name=${machine}`);
  const actions = `${droplets}/${found.droplets[0]?.id ?? machine}/actions`;
  const { action } = await api<{ action: { id: number } }>("POST", actions, { type });
  await eventually(60, async () => {
    const now = await api<{ action: { status: string } }>("GET", `${actions}/${action.id}`);
    if (now.action.status !== "completed") throw new Error(`${type}: ${now.action.status}`);
  });
}

/** @param tag - of the cluster whose nodes are meant */
export function digitalOcean(tag: string): Cloud {
  const base = digitalOceanUrl;
  const list = async (path: string, key = path): Promise<readonly Listed[]> => {
    const page = await api<Readonly<Record<string, readonly Listed[]>>>(
      "GET",
      `${base}/${path}?per_page=200`,
    );
    return page[key] ?? [];
  };
  return {
    machinesPath: "/v2/droplets",
    machines: async () => nodes(await list("droplets"), tag, "active"),
    makeStranger: async (name) => {
      await api("POST", `${base}/droplets`, {
        ...{ name, region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" },
      });
    },
    remove: async (id) => {
      await api("DELETE", `${base}/droplets/${id}`);
    },
    carrying: async (wanted) => [
      ...carriers("droplet", await list("droplets"), wanted),
      ...carriers("firewall", await list("firewalls"), wanted),
      ...carriers("vpc", await list("vpcs"), wanted),
      ...carriers("ssh key", await list("account/keys", "ssh_keys"), wanted),
      ...carriers("tag", await list("tags"), wanted),
    ],
  };
}

/** @param tag - of the cluster whose nodes are meant */
export function linode(tag: string): Cloud {
  const base = "http://10.240.0.1:8001/v4";
  const list = async (path: string): Promise<readonly Listed[]> =>
    (await api<{ data: readonly Listed[] }>("GET", `${base}/${path}?page_size=500`)).data;
  return {
    machinesPath: "/v4/linode/instances",
    machines: async () => nodes(await list("linode/instances"), tag, "running"),
    makeStranger: async (label) => {
      await api("POST", `${base}/linode/instances`, {
        ...{ label, region: "nl-ams", type: "g6-nanode-1", image: "linode/debian12" },
        root_pass: randomBytes(24).toString("base64"),
      });
    },
    remove: async (id) => {
      await api("DELETE", `${base}/linode/instances/${id}`);
    },
    carrying: async (wanted) => [
      ...carriers("linode", await list("linode/instances"), wanted),
      ...carriers("firewall", await list("networking/firewalls"), wanted),
      ...carriers("vpc", await list("vpcs"), wanted),
      ...carriers("ssh key", await list("profile/sshkeys"), wanted),
    ],
  };
}

function nodes(items: readonly Listed[], tag: string, ready: string): readonly CloudMachine[] {
  return items.map(({ id, name, label, status }) => ({
    id: String(id),
    name: (name ?? label ?? "").replace(`${tag}-`, ""),
    isReady: status === ready,
  }));
}
