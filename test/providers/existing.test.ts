import type { Resource } from "@pulumi/pulumi";
import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";
import { listeningPorts } from "../../components/facts/port-matrix.ts";
import { scriptLine } from "../../components/lib/shell.ts";
import { clusterGraph } from "../support/cluster.ts";
import { isSecret, reveal, type Graph, type Registered } from "../support/graph.ts";

const command = "command:remote:Command";
const blob = Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.alloc(36),
]);
const hostKey = `ssh-ed25519 ${blob.toString("base64")}`;
const { privateKey } = generateKeyPairSync("ed25519");
const bastion = { address: "203.0.113.9", user: "jump", port: 2222, hostKey };
const values = {
  provider: "existing",
  region: "",
  operatorCidrs: [],
  "existing:privateKey": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  controlPlane: {
    nodes: [{ name: "master-1", host: { address: "10.10.0.11", user: "debian", hostKey } }],
  },
  workers: {
    nodes: [
      { name: "worker-1", host: { address: "10.10.0.21", user: "debian", hostKey, bastion } },
      {
        name: "worker-2",
        host: { address: "w2.example.com", privateAddress: "10.10.0.22", hostKey },
      },
    ],
  },
};

const nameOf = (resource: unknown) => (resource as { __name?: string } | undefined)?.__name;
const before = ({ opts }: Registered) =>
  [opts.dependsOn ?? []].flat().map((resource) => nameOf(resource as Resource));
const text = (step: Registered, input: string) =>
  (reveal(step.inputs[input]) as string | undefined) ?? "";
const connectionOf = (step: Registered) =>
  reveal(step.inputs["connection"]) as Record<string, unknown>;

describe("a cluster on existing hosts", { timeout: 60_000 }, () => {
  let graph: Graph;
  let steps: readonly Registered[];
  const of = (kind: string) => steps.filter(({ name }) => name.endsWith(`-${kind}`));
  beforeAll(async () => {
    graph = await clusterGraph(values);
    steps = graph.ofType(command);
  }, 60_000);

  it("makes nothing in a cloud, and no SSH key", () => {
    const types = graph.resources.map(({ type }) => type);
    expect(types.filter((type) => /digitalocean|linode/.test(type))).toEqual([]);
    const names = graph.resources.map(({ name }) => name);
    expect(names.filter((name) => name.includes("ssh"))).toEqual([]);
  });

  it("looks at every host before it changes any", () => {
    const looks = ["master-1-preflight", "worker-1-preflight", "worker-2-preflight"];
    expect(of("preflight").map(({ name }) => name)).toEqual(looks);
    for (const look of of("preflight")) expect(before(look)).toEqual([]);
    expect(of("adopted")).toHaveLength(3);
    for (const adopted of of("adopted")) expect(before(adopted)).toEqual(looks);
    for (const { name, opts } of of("scripts")) {
      expect(before({ opts } as Registered)).toEqual([name.replace("scripts", "adopted")]);
    }
  });

  it("tells the look what to look for", () => {
    const look = graph.one(command, "worker-1-preflight");
    expect(text(look, "create")).toBe(
      scriptLine("worker-1", "amd64", "10.10.0.21", "hardway-test"),
    );
    const [origins, programs, ports, podCidr] = text(look, "stdin").split("\n");
    expect(origins).toBe("origins='https://artifacts.example'");
    expect(programs).toContain("containerd-shim-runc-v2");
    const looked = /^ports='(.*)'$/.exec(ports ?? "")?.[1]?.split(" ") ?? [];
    expect([...looked].sort()).toEqual(
      [
        ...[
          "tcp/80",
          "tcp/443",
          "tcp/6443",
          "tcp/8081",
          "tcp/10248",
          "tcp/10249",
          "tcp/10250",
          "tcp/10256",
        ],
        "udp/8472",
      ].sort(),
    );
    // Only a host that Pods run on must forward their packets.
    expect(podCidr).toBe("pod_cidr='10.200.0.0/16'");
    const other = text(graph.one(command, "master-1-preflight"), "stdin");
    expect(other.split("\n")[3]).toBe("pod_cidr=''");
    expect(connectionOf(look)).toMatchObject({ dialErrorLimit: 4, perDialTimeout: 8 });
  });

  it("undoes what it did on a host with one step, which everything there goes with", () => {
    for (const adopted of of("adopted")) {
      const node = adopted.name.replace("-adopted", "");
      expect(text(adopted, "delete").replace("sudo -n ", "")).toBe(
        scriptLine("uninstall", "hardway-test", node),
      );
      const others = steps.filter(
        ({ name, inputs }) =>
          name.startsWith(`${node}-`) &&
          !/-(preflight|adopted|drain)$/.test(name) &&
          connectionOf({ inputs } as Registered)["host"] === connectionOf(adopted)["host"],
      );
      expect(others.length).toBeGreaterThan(5);
      for (const { name, inputs, opts } of others) {
        expect([name, nameOf(opts.deletedWith)]).toEqual([name, adopted.name]);
        expect(inputs["delete"]).toBeUndefined();
      }
    }
    // Its objects are not asked for one by one when nothing answers any more.
    const { opts } = graph.one("pulumi:providers:kubernetes", "kubernetes");
    expect(nameOf(opts.deletedWith)).toBe("master-1-adopted");
  });

  it("takes another host key for another host", () => {
    for (const adopted of of("adopted")) expect(adopted.inputs["triggers"]).toEqual([hostKey]);
  });

  it("does a machine's steps anew with the machine, but never what is undone: that would drain live workers", () => {
    expect(graph.one(command, "worker-1-kubelet").inputs["triggers"]).toEqual([
      "worker-1-adopted-id",
    ]);
    expect(of("drain")).toHaveLength(2);
    for (const drain of of("drain")) expect(drain.inputs["triggers"]).toBeUndefined();
  });

  it("protects etcd's data, and only that", () => {
    expect(of("adopted").map(({ opts }) => opts.protect)).toEqual([true, false, false]);
  });

  it("goes through sudo where the login is not root's, except to ask whether it may", () => {
    for (const step of steps) {
      const { user } = connectionOf(step);
      const isSudo = user === "debian" && !step.name.endsWith("-preflight");
      for (const line of [text(step, "create"), text(step, "delete")].filter((it) => it !== "")) {
        expect([step.name, line.startsWith("sudo -n ")]).toEqual([step.name, isSudo]);
      }
    }
    // All commands of a script, not only its first.
    expect(text(graph.one(command, "worker-1-scripts"), "create")).toMatch(/^sudo -n sh -c '/);
    expect(text(graph.one(command, "worker-2-scripts"), "create")).not.toContain("sudo");
  });

  it("pins the host key of every connection, that to a bastion too", () => {
    for (const step of steps) {
      const connection = connectionOf(step);
      expect(connection["hostKey"]).toBe(hostKey);
      expect(isSecret(step.inputs["connection"])).toBe(true);
      const proxy = connection["proxy"];
      if (connection["host"] !== "10.10.0.21") expect(proxy).toBeUndefined();
      else {
        expect(proxy).toMatchObject({ host: "203.0.113.9", user: "jump", port: 2222, hostKey });
      }
    }
  });

  it("certifies a host by its name where that is how it is reached", () => {
    const { inputs } = graph.one("tls:index/certRequest:CertRequest", "worker-2-kubelet-serving");
    expect(inputs["dnsNames"]).toEqual(["worker-2", "w2.example.com"]);
    expect(inputs["ipAddresses"]).toEqual(["10.10.0.22"]);
  });

  it("has no secret in a command line", () => {
    for (const step of steps) {
      expect(text(step, "create") + text(step, "delete")).not.toMatch(/PRIVATE KEY|a-login-key/);
    }
  });

  it("lists the same in a first preview", async () => {
    const names = (it: Graph) => it.resources.map(({ type, name }) => `${type} ${name}`).sort();
    expect(names(await clusterGraph(values, "preview"))).toEqual(names(graph));
  });
});

it("a host need not have its node's name: every service is told that name", () => {
  for (const service of ["kubelet", "kube-proxy"]) {
    const unit = readAsset(`units/${service}.service`);
    expect(unit).toContain("--hostname-override=${NODE_NAME}");
    expect(readAsset(`env/${service}.env`)).toContain("NODE_NAME={{ nodeName }}");
  }
  expect(readAsset("units/etcd.service")).toContain("--name=${MEMBER_NAME}");
  // flanneld reads it from its environment.
  expect(readAsset("env/flanneld.env")).toContain("NODE_NAME={{ nodeName }}");
});

it("every port that a program is told to listen on is looked for", () => {
  const texts = [
    ...["etcd", "kube-apiserver", "flanneld", "kube-controller-manager"].map(
      (it) => `units/${it}.service`,
    ),
    "config/kube-proxy.yaml",
  ].map((asset) => readAsset(asset));
  const told = texts.flatMap((it) => [
    ...it.matchAll(/(?:\}|0\.0\.1):(\d{4,5})\b|(?:-port=)(\d{4,5})\b/g),
  ]);
  const spec = { addons: { ingress: { isEnabled: true } } };
  const known = [...listeningPorts("control-plane", spec), ...listeningPorts("worker", spec)];
  const ports = new Set(told.map(([, after, port]) => `tcp/${after ?? port ?? ""}`));
  expect(ports.size).toBeGreaterThan(5);
  expect([...ports].filter((port) => !known.includes(port))).toEqual([]);
});
