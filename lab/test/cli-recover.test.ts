import { describe, expect, it } from "vitest";
import { kubeconfigIn } from "../cli/kubeconfig.ts";
import { leftBehind, type ProcessEntry } from "../cli/lab-processes.ts";
import { cloudSearches, pendingObjects } from "../cli/orphans.ts";
import { addressesOf, isOurs, withoutPendingCreates } from "../cli/recover.ts";
import { parseCheckpoint, type Checkpoint, type StoredResource } from "../cli/state.ts";

function resource(type: string, name: string, id?: string): StoredResource {
  const urn = `urn:pulumi:dev::hardway::${type}::${name}`;
  return { urn, type, inputs: { name }, ...(id === undefined ? {} : { id }) };
}

const droplet = "digitalocean:index/droplet:Droplet";
const vpc = "digitalocean:index/vpc:Vpc";

function checkpoint(
  resources: readonly StoredResource[],
  pendingCreates: readonly StoredResource[],
): Checkpoint {
  return { resources, pendingCreates };
}

describe("what an interrupted run leaves in the state", () => {
  it("reads begun creations, and not updates or deletions", () => {
    const pending = [
      { type: "creating", resource: resource(droplet, "worker-1") },
      { type: "updating", resource: resource(droplet, "worker-2") },
      { type: "deleting", resource: resource(droplet, "worker-3") },
    ];
    const latest = { resources: [resource(vpc, "net", "v1")], pending_operations: pending };
    const text = JSON.stringify({ version: 3, checkpoint: { stack: "dev", latest } });
    expect(parseCheckpoint(text)).toEqual(
      checkpoint([resource(vpc, "net", "v1")], [resource(droplet, "worker-1")]),
    );
  });

  it("reads a stack that was never updated as none", () => {
    expect(parseCheckpoint(`{"version":3,"checkpoint":{"stack":"dev","latest":null}}`)).toBeNull();
  });

  it("is forgotten for creations only, and the rest of the stack stays as it is", () => {
    const exported = {
      version: 3,
      deployment: {
        manifest: { magic: "m" },
        resources: [resource(vpc, "net", "v1")],
        pending_operations: [
          { type: "creating", resource: resource(droplet, "worker-1") },
          { type: "updating", resource: resource(droplet, "worker-2") },
        ],
      },
    };
    expect(JSON.parse(withoutPendingCreates(JSON.stringify(exported), []))).toEqual({
      ...exported,
      deployment: {
        ...exported.deployment,
        pending_operations: [{ type: "updating", resource: resource(droplet, "worker-2") }],
      },
    });
    const kept = [resource(droplet, "worker-1").urn];
    expect(JSON.parse(withoutPendingCreates(JSON.stringify(exported), kept))).toEqual(exported);
  });
});

describe("what an interrupted run leaves in the cloud", () => {
  it("is looked for only among kinds that were being created", () => {
    const searches = cloudSearches(
      checkpoint([resource(vpc, "net", "v1")], [resource(droplet, "worker-1")]),
    );
    expect(searches.map(({ what, list }) => [what, list])).toEqual([
      ["Droplet", "/v2/droplets?per_page=200"],
    ]);
  });

  it("is what has the name of a begun creation and is not in the state", () => {
    const [search] = cloudSearches(
      checkpoint([resource(droplet, "worker-2", "12")], [resource(droplet, "worker-1")]),
    );
    const droplets = [
      { id: 11, name: "worker-1" },
      { id: 12, name: "worker-2" },
      { id: 13, name: "somebody-elses" },
    ];
    expect(search?.orphansIn({ droplets })).toEqual([{ id: "11", name: "worker-1" }]);
    expect(search?.path("11")).toBe("/v2/droplets/11");
  });

  it("is not a machine of that name which the state knows, as when it is being replaced", () => {
    const [search] = cloudSearches(
      checkpoint([resource(droplet, "worker-1", "11")], [resource(droplet, "worker-1")]),
    );
    const droplets = [
      { id: 11, name: "worker-1" },
      { id: 14, name: "worker-1" },
    ];
    expect(search?.orphansIn({ droplets })).toEqual([{ id: "14", name: "worker-1" }]);
  });

  it("loses machines before the network they are in", () => {
    const searches = cloudSearches(
      checkpoint([], [resource(vpc, "net"), resource(droplet, "worker-1")]),
    );
    expect(searches.map(({ what }) => what)).toEqual(["Droplet", "Vpc"]);
  });

  it("is looked for on Linode by label, and inside the thing that it is a part of", () => {
    const linode = (kind: string, inputs: object): StoredResource => ({
      ...resource(`linode:index/${kind}`, "any"),
      inputs: { ...inputs },
    });
    const [instance, device, subnet] = cloudSearches(
      checkpoint(
        [],
        [
          linode("vpcSubnet:VpcSubnet", { vpcId: 7, label: "nodes" }),
          linode("instance:Instance", { label: "worker-1" }),
          linode("firewallDevice:FirewallDevice", { firewallId: 3, entityId: 41 }),
        ],
      ),
    );
    expect(instance?.list).toBe("/v4/linode/instances?page_size=500");
    expect(instance?.orphansIn({ data: [{ id: 41, label: "worker-1" }] })).toEqual([
      { id: "41", name: "worker-1" },
    ]);
    expect(device?.list).toBe("/v4/networking/firewalls/3/devices?page_size=500");
    expect(device?.orphansIn({ data: [{ id: 9, entity: { id: 41, type: "linode" } }] })).toEqual([
      { id: "9", name: "41" },
    ]);
    expect(subnet?.path("5")).toBe("/v4/vpcs/7/subnets/5");
  });
});

describe("what an interrupted run leaves in the cluster", () => {
  it("is found by what the creation was given", () => {
    const inputs = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "coredns", namespace: "kube-system" },
    };
    const pending = { ...resource("kubernetes:apps/v1:Deployment", "coredns"), inputs };
    expect(pendingObjects(checkpoint([], [pending, resource(droplet, "worker-1")]))).toEqual([
      {
        urn: pending.urn,
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: "coredns",
        namespace: "kube-system",
      },
    ]);
    expect(pendingObjects(checkpoint([pending], [pending]))).toEqual([]);
  });

  it("is removed only when a Pulumi provider made it", () => {
    const object = (manager: string) => ({ metadata: { managedFields: [{ manager }] } });
    const list = (manager: string): string =>
      JSON.stringify({ kind: "List", items: [object(manager)] });
    expect(isOurs(JSON.stringify(object("pulumi-kubernetes-9f0b2c")))).toBe(true);
    expect(isOurs(list("pulumi-kubernetes-9f0b2c"))).toBe(true);
    expect(isOurs(list("kubectl-create"))).toBe(false);
    expect(isOurs("")).toBe(false);
  });

  it("is an address too: that of a Service that was never made", () => {
    const address = (ip: string, resource: string, namespace: string, name: string) => ({
      metadata: { name: ip },
      spec: { parentRef: { resource, namespace, name } },
    });
    const items = [
      address("10.32.0.1", "services", "default", "kubernetes"),
      address("10.32.0.10", "services", "kube-system", "kube-dns"),
      address("10.32.0.11", "services", "mine", "kube-dns"),
      address("10.32.0.12", "gateways", "kube-system", "kube-dns"),
    ];
    const held = (name: string, namespace: string | null): readonly string[] =>
      addressesOf({ name, namespace }, JSON.stringify({ items }));
    expect(held("kube-dns", "kube-system")).toEqual(["10.32.0.10"]);
    expect(held("kubernetes", null)).toEqual(["10.32.0.1"]);
  });
});

describe("what an interrupted run leaves running", () => {
  const entry = (pid: number, parent: number, ...args: string[]): ProcessEntry => ({
    pid,
    parent,
    comm: args[0]?.split("/").at(-1) ?? "",
    args,
  });
  const plugin = "/work/lab/plugins/tls/main.ts";

  it("is a plugin whose CLI is gone", () => {
    expect(leftBehind([entry(7, 1, "node", plugin, "127.0.0.1:1")]).map(({ pid }) => pid)).toEqual([
      7,
    ]);
  });

  it("is not a plugin of a CLI that lives, however deep it is", () => {
    const processes = [
      entry(5, 1, "pulumi", "preview"),
      entry(6, 5, "pulumi-language-nodejs"),
      entry(7, 6, "node", plugin),
    ];
    expect(leftBehind(processes)).toEqual([]);
  });

  it("is not the lab's daemon or a user's shell", () => {
    const processes = [entry(3, 1, "node", "/work/lab/cloud/main.ts"), entry(4, 1, "bash")];
    expect(leftBehind(processes)).toEqual([]);
  });
});

describe("the kubeconfig in an exported stack", () => {
  const secret = (value: string) => ({
    "4dabf18193072939515e22adb298388d": "x",
    plaintext: JSON.stringify(value),
  });
  const exported = (resources: readonly object[]): string =>
    JSON.stringify({ deployment: { resources } });

  it("is the stack's output", () => {
    const stack = {
      type: "pulumi:pulumi:Stack",
      outputs: { kubeconfig: secret("kind: Config\n") },
    };
    expect(kubeconfigIn(exported([stack]))).toBe("kind: Config\n");
  });

  it("is what the provider was given while the first update has not ended", () => {
    const stack = { type: "pulumi:pulumi:Stack" };
    const provider = {
      type: "pulumi:providers:kubernetes",
      inputs: { kubeconfig: secret("kind: Config\n") },
    };
    expect(kubeconfigIn(exported([stack, provider]))).toBe("kind: Config\n");
  });

  it("is null before there is a provider", () => {
    expect(kubeconfigIn(exported([{ type: "pulumi:pulumi:Stack" }]))).toBeNull();
  });
});
