import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import type { reservedIpView } from "../cloud/digitalocean/reserved-ips.ts";
import type {
  actionView,
  dropletView,
  firewallView,
  keyView,
  tagView,
  vpcView,
} from "../cloud/digitalocean/views.ts";
import type { Hypervisor } from "../machines/hypervisor.ts";
import type { MachineLimits, MachineSpec, NetworkPolicy } from "../machines/spec.ts";

/** A hypervisor without machines: it notes what it was told. */
export class FakeHypervisor implements Hypervisor {
  readonly machines = new Map<string, { spec: MachineSpec; running: boolean }>();
  readonly calls: string[] = [];
  policy: NetworkPolicy = { machines: [] };
  /** Set: every call waits for it first. */
  gate: Promise<void> = Promise.resolve();
  /** Set: the named call fails. */
  failing: string | null = null;

  async create(spec: MachineSpec): Promise<void> {
    await this.#called("create", spec.id);
    this.machines.set(spec.id, { spec, running: true });
  }
  powerOn = (id: string): Promise<void> => this.#power("powerOn", id, true);
  powerOff = (id: string): Promise<void> => this.#power("powerOff", id, false);
  reboot = (id: string): Promise<void> => this.#power("reboot", id, true);
  shutdown = (id: string): Promise<void> => this.#power("shutdown", id, false);
  async resize(id: string, limits: MachineLimits): Promise<void> {
    await this.#called("resize", id);
    const machine = this.machines.get(id);
    if (machine?.running !== false) throw new Error(`machine ${id} is not off`);
    machine.spec = { ...machine.spec, ...limits };
  }
  async destroy(id: string): Promise<void> {
    await this.#called("destroy", id);
    this.machines.delete(id);
  }
  isRunning(id: string): Promise<boolean> {
    return Promise.resolve(this.machines.get(id)?.running === true);
  }
  async applyFirewall(policy: NetworkPolicy): Promise<void> {
    await this.#called("applyFirewall", "");
    this.policy = policy;
  }

  async #power(call: string, id: string, running: boolean): Promise<void> {
    await this.#called(call, id);
    const machine = this.machines.get(id);
    if (!machine) throw new Error(`no machine ${id}`);
    machine.running = running;
  }

  async #called(call: string, id: string): Promise<void> {
    this.calls.push(`${call} ${id}`.trim());
    if (call !== "applyFirewall") await this.gate;
    if (this.failing === call) throw new Error(`${call} broke`);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

/** The members that tests look at, of all kinds of answers. */
interface AnswerBody {
  readonly id: string;
  readonly message: string;
  readonly request_id: string;
  readonly droplet: ReturnType<typeof dropletView>;
  readonly droplets: readonly ReturnType<typeof dropletView>[];
  readonly action: ReturnType<typeof actionView>;
  readonly actions: readonly ReturnType<typeof actionView>[];
  readonly vpc: ReturnType<typeof vpcView>;
  readonly vpcs: readonly ReturnType<typeof vpcView>[];
  readonly members: readonly { urn: string }[];
  readonly firewall: ReturnType<typeof firewallView>;
  readonly firewalls: readonly ReturnType<typeof firewallView>[];
  readonly ssh_key: ReturnType<typeof keyView>;
  readonly ssh_keys: readonly ReturnType<typeof keyView>[];
  readonly tag: ReturnType<typeof tagView>;
  readonly reserved_ip: ReturnType<typeof reservedIpView>;
  readonly reserved_ips: readonly ReturnType<typeof reservedIpView>[];
  readonly links: { readonly pages?: Record<string, string> };
  readonly meta: { readonly total: number };
}

export const testToken = "test-token";

/** A cloud on a free loopback port with its state in a directory of its own, and a client for it. */
export class TestCloud {
  readonly hypervisor = new FakeHypervisor();
  readonly log: string[] = [];
  stateDir = "";
  cloud!: Cloud;

  async start(): Promise<this> {
    if (this.stateDir === "") this.stateDir = await mkdtemp(join(tmpdir(), "hardway-cloud-"));
    this.cloud = await startCloud({
      lab: { stateDir: this.stateDir },
      hypervisor: this.hypervisor,
      token: testToken,
      listen: { host: "127.0.0.1", port: 0 },
      log: (line) => this.log.push(line),
    });
    return this;
  }

  async restart(): Promise<void> {
    await this.cloud.close();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.cloud.close();
    await rm(this.stateDir, { recursive: true, force: true });
  }

  async call(method: string, path: string, body?: unknown, token = testToken): Promise<Answer> {
    const response = await fetch(this.cloud.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? {} : JSON.parse(text)) as AnswerBody,
    };
  }
}

/** An ed25519 public key, and its fingerprint as ssh-keygen -E md5 prints it. */
export const sampleKey = {
  text: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEiR8CLqQqx+I3zSGKoXmfNwMs5J0wk9Raw/hLjTpD0r",
  fingerprint: "54:e7:cc:2e:99:e1:f8:fd:ce:a1:fa:64:e0:ed:80:9b",
} as const;

/** The smallest order for a droplet that the lab takes. */
export const sampleOrder = {
  name: "master-1",
  region: "fra1",
  size: "s-1vcpu-1gb",
  image: "debian-12-x64",
} as const;

/** Orders a droplet and waits until it is active. */
export async function makeDroplet(cloud: TestCloud, order: object = {}): Promise<number> {
  const { body } = await cloud.call("POST", "/v2/droplets", { ...sampleOrder, ...order });
  await cloud.cloud.idle();
  return body.droplet.id;
}
