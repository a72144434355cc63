import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { checkConfig, ConfigError } from "../components/config.ts";
import { changedLock, configOf, minimal, problemsOf, type StackValues } from "./support/stack.ts";

/** Each row: what a stack says besides `minimal`, and every problem there is with it. */
type Row = readonly [what: string, values: StackValues, problems: readonly string[]];

function failsWith(rows: readonly Row[]): void {
  test.each(rows)("fails on %s", (_what, values, problems) => {
    expect(problemsOf(values)).toEqual(problems);
  });
}

describe("a stack that says only who may log in", () => {
  const { spec, warnings } = configOf(minimal);

  test("gets the cluster of the defaults", () => {
    expect(spec).toMatchObject({
      clusterName: "dev",
      tag: "hardway-dev",
      provider: {
        kind: "digitalocean",
        region: "fra1",
        image: "debian-12-x64",
        apiEndpoint: null,
      },
      network: {
        clusterDomain: "cluster.local",
        podCidr: "10.200.0.0/16",
        nodePodPrefix: 24,
        serviceCidr: "10.32.0.0/24",
        nodeCidr: "10.10.0.0/20",
        apiServiceIp: "10.32.0.1",
        dnsServiceIp: "10.32.0.10",
      },
      operatorCidrs: ["203.0.113.7/32"],
      kubelet: { maxPods: 110 },
      addons: { flannel: { isEnabled: true }, coredns: { isEnabled: true, replicas: 2 } },
      isProtected: true,
    });
    expect(warnings).toEqual([]);
  });

  test("gets one master and two workers of 1 GiB", () => {
    const nodes = [...spec.controlPlane.nodes, ...spec.workers.nodes];
    expect(nodes.map(({ name, role, architecture }) => [name, role, architecture])).toEqual([
      ["master-1", "control-plane", "amd64"],
      ["worker-1", "worker", "amd64"],
      ["worker-2", "worker", "amd64"],
    ]);
    for (const { size } of nodes) expect(size).toMatchObject({ slug: "s-1vcpu-1gb", vcpus: 1 });
  });

  test("gets every program once from its official address, and every image by digest", () => {
    const names = spec.artifacts.files.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["etcd", "kube-apiserver", "kubelet", "runc"]));
    for (const { url } of spec.artifacts.files) expect(url).toMatch(/^https:.*(amd64)/);
    const images = spec.artifacts.images.map(({ name }) => name);
    expect(images).toEqual(["pause", "flannel", "flannel-cni-plugin", "coredns"]);
    for (const { reference } of spec.artifacts.images) expect(reference).toMatch(/@sha256:/);
    expect(spec.artifacts.mirror).toEqual({ files: null, registry: null });
  });

  test("cannot be changed afterwards, at any depth", () => {
    const isFrozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(spec)).toBe(true);
  });

  test("gives the same spec each time", () => {
    expect(JSON.stringify(configOf(minimal).spec)).toBe(JSON.stringify(spec));
  });
});

describe("what a stack says", () => {
  test("decides names, sizes, ranges and versions", () => {
    const { spec } = configOf({
      ...minimal,
      clusterName: "blue",
      region: "nyc3",
      image: "ubuntu-24-04-x64",
      controlPlane: { nodes: [{ name: "brain" }], size: "s-2vcpu-2gb" },
      workers: { size: "s-1vcpu-2gb", nodes: [{ name: "a" }, { name: "b", size: "s-2vcpu-4gb" }] },
      podCidr: "172.20.0.0/22",
      serviceCidr: "172.21.0.0/28",
      nodeCidr: "192.168.0.0/28",
      clusterDomain: "blue.example",
      kubernetes: { version: "1.37.1" },
      kubelet: { maxPods: 30 },
      addons: { flannel: { enabled: false }, coredns: { replicas: 1 } },
      artifacts: { mirror: "http://10.240.0.1:8080/", registryMirror: "http://10.240.0.1:5000" },
      protect: false,
      "digitalocean:apiEndpoint": "http://10.240.0.1:8000",
    });
    expect(spec.tag).toBe("hardway-blue");
    expect(spec.provider.apiEndpoint).toBe("http://10.240.0.1:8000");
    expect(spec.controlPlane.nodes.map(({ name, size }) => [name, size.slug])).toEqual([
      ["brain", "s-2vcpu-2gb"],
    ]);
    expect(spec.workers.nodes.map(({ name, size }) => [name, size.slug])).toEqual([
      ["a", "s-1vcpu-2gb"],
      ["b", "s-2vcpu-4gb"],
    ]);
    expect(spec.network).toMatchObject({ apiServiceIp: "172.21.0.1", dnsServiceIp: "172.21.0.10" });
    const versions = spec.artifacts.files.filter(({ name }) => name.startsWith("kube"));
    expect(new Set(versions.map(({ version }) => version))).toEqual(new Set(["1.37.1"]));
    expect(spec.versions.kubernetes).toBe("1.37.1");
    for (const { url } of spec.artifacts.files) {
      expect(url).toMatch(/^http:\/\/10\.240\.0\.1:8080\/files\/\w/);
    }
    expect(spec.artifacts.images.map(({ name }) => name)).toEqual(["pause", "coredns"]);
    expect(spec.isProtected).toBe(false);
  });

  test("one worker gets one CoreDNS", () => {
    expect(configOf({ ...minimal, workers: { count: 1 } }).spec.addons.coredns.replicas).toBe(1);
  });

  test("draws a warning when it lets the whole internet in", () => {
    expect(configOf({ operatorCidrs: ["0.0.0.0/0"] }).warnings).toEqual([
      "operatorCidrs: 0.0.0.0/0 lets the whole internet reach SSH and the API server",
    ]);
  });

  test("in the namespaces of other plugins is none of our business", () => {
    expect(
      problemsOf({ "kubernetes:context": "x", "aws:region": "y", "linode:token": "z" }),
    ).toEqual([]);
  });
});

describe("address ranges", () => {
  failsWith([
    [
      "overlaps, all pairs of them",
      { podCidr: "10.0.0.0/16", serviceCidr: "10.0.1.0/24", nodeCidr: "10.0.0.0/20" },
      [
        "podCidr: 10.0.0.0/16 overlaps serviceCidr 10.0.1.0/24; choose separate ranges",
        "podCidr: 10.0.0.0/16 overlaps nodeCidr 10.0.0.0/20; choose separate ranges",
        "serviceCidr: 10.0.1.0/24 overlaps nodeCidr 10.0.0.0/20; choose separate ranges",
      ],
    ],
    [
      "an overlap with a default, at the key that was written",
      { nodeCidr: "10.200.16.0/20" },
      [
        "nodeCidr: 10.200.16.0/20 overlaps podCidr 10.200.0.0/16 (its default); choose separate ranges",
      ],
    ],
    [
      "what is no range",
      { podCidr: "10.0.0.300/16", serviceCidr: "10.32.0.0", nodeCidr: "10.10.0.7/20" },
      [
        'podCidr: not an IPv4 range, got "10.0.0.300/16"; write one such as 10.200.0.0/16',
        'serviceCidr: not an IPv4 range, got "10.32.0.0"; write one such as 10.32.0.0/24',
        'nodeCidr: not the first address of its range, got "10.10.0.7/20"; write 10.10.0.0/20',
      ],
    ],
    [
      "sizes that the API server, the controller-manager or a VPC cannot have",
      { podCidr: "10.128.0.0/25", serviceCidr: "10.32.0.0/29", nodeCidr: "10.10.0.0/29" },
      [
        'podCidr: too small for pods, got "10.128.0.0/25"; use a prefix from /8 to /24',
        'serviceCidr: too small for Services, got "10.32.0.0/29"; use a prefix from /12 to /28',
        'nodeCidr: too small for nodes, got "10.10.0.0/29"; use a prefix from /16 to /28',
      ],
    ],
    [
      "a VPC that is too large or not private",
      { nodeCidr: "10.0.0.0/15" },
      ['nodeCidr: too large for nodes, got "10.0.0.0/15"; use a prefix from /16 to /28'],
    ],
    [
      "a VPC that is not private",
      { nodeCidr: "8.8.0.0/20" },
      [
        'nodeCidr: not a private range, got "8.8.0.0/20"; use a range in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16',
      ],
    ],
    [
      "a VPC where the cloud keeps the range for itself, in its region or everywhere",
      { region: "nyc1" },
      [
        "nodeCidr: 10.10.0.0/20 overlaps 10.10.0.0/16, which the provider keeps for itself there; choose another range, e.g. 10.100.0.0/20",
      ],
    ],
    [
      "addresses that no host has",
      { podCidr: "127.0.0.0/16", serviceCidr: "224.0.0.0/24" },
      [
        'podCidr: holds addresses that are not for hosts, got "127.0.0.0/16"; use a private range',
        'serviceCidr: holds addresses that are not for hosts, got "224.0.0.0/24"; use a private range',
      ],
    ],
    [
      "too little room for the nodes, masters included",
      { workers: { count: 14 }, podCidr: "10.200.0.0/21", nodeCidr: "10.10.0.0/28" },
      [
        'podCidr: holds 8 ranges of /24 where 15 nodes need one each, got "10.200.0.0/21"; use /20 or larger',
        'nodeCidr: has addresses for 12 of 15 nodes, got "10.10.0.0/28"; use /27 or larger',
      ],
    ],
    [
      "a domain that is no DNS name",
      { clusterDomain: "Cluster.local." },
      [
        'clusterDomain: not a DNS name, got "Cluster.local."; write lowercase DNS labels joined by dots, e.g. cluster.local',
      ],
    ],
  ]);
});

describe("operatorCidrs", () => {
  const missing =
    "operatorCidrs: missing: nobody could reach SSH and the API server; write the IPv4 ranges you log in from, e.g. [203.0.113.7/32]";

  failsWith([
    ["nobody", { operatorCidrs: [] }, [missing]],
    [
      "malformed, doubled and useless ones",
      {
        operatorCidrs: [
          "198.51.100.7",
          "198.51.100.7/24",
          7,
          "me",
          "192.0.2.1/32",
          "192.0.2.1/32",
          "10.200.3.0/24",
        ],
      },
      [
        "operatorCidrs[2]: not text, got 7; write an IPv4 range, e.g. 203.0.113.7/32",
        'operatorCidrs[0]: not an IPv4 range, got "198.51.100.7"; write 198.51.100.7/32',
        'operatorCidrs[1]: not the first address of its range, got "198.51.100.7/24"; write 198.51.100.0/24',
        'operatorCidrs[3]: not an IPv4 range, got "me"; write one such as 203.0.113.7/32',
        'operatorCidrs[5]: listed twice, got "192.0.2.1/32"; list it once',
        "operatorCidrs[6]: 10.200.3.0/24 lies in podCidr 10.200.0.0/16; write the address that the machines see, or choose another range for the cluster",
      ],
    ],
    [
      "one range instead of a list",
      { operatorCidrs: "203.0.113.7/32" },
      [
        'operatorCidrs: not a list, got "203.0.113.7/32"; write the IPv4 ranges you log in from, e.g. [203.0.113.7/32]',
      ],
    ],
  ]);

  test("fails when they are not there at all", () => {
    expect(() => configOf({})).toThrow(missing);
  });
});

describe("nodes", () => {
  failsWith([
    [
      "an even number of masters",
      { controlPlane: { count: 2 } },
      [
        "controlPlane.count: 2 control-plane machines keep etcd's quorum no better than 1; use 1, 3 or 5",
      ],
    ],
    [
      "an even number of masters by name",
      { controlPlane: { nodes: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }] } },
      [
        "controlPlane.nodes: 4 control-plane machines keep etcd's quorum no better than 3; use 1, 3 or 5",
      ],
    ],
    [
      "three masters, for now",
      { controlPlane: { count: 3 } },
      [
        "controlPlane.count: more than one control-plane machine is not supported yet, got 3; use 1",
      ],
    ],
    [
      "no masters, no workers",
      { controlPlane: { count: 0 }, workers: { nodes: [] } },
      [
        "controlPlane.count: not 1, 3 or 5, got 0; use 1, 3 or 5",
        "workers.nodes: not a number of workers, got 0; use a number from 1 to 250",
      ],
    ],
    [
      "a count beyond reason, at once",
      { workers: { count: 1e9 } },
      ["workers.count: not a number of workers, got 1000000000; use a number from 1 to 250"],
    ],
    [
      "a count and names",
      { workers: { count: 1, nodes: [{ name: "a" }] } },
      [
        "workers: both count and nodes are given; keep nodes to choose names, or count to have them chosen",
      ],
    ],
    [
      "a name used twice, in a group or across groups",
      { workers: { nodes: [{ name: "a" }, { name: "a" }, { name: "master-1" }] } },
      [
        'workers.nodes[1].name: also the name of a node of workers.nodes[0], got "a"; give every node a name of its own',
        'workers.nodes[2].name: also the name of a node of controlPlane.count, got "master-1"; give every node a name of its own',
      ],
    ],
    [
      "names that are none",
      { workers: { nodes: [{ name: "Worker_1" }, {}, 5, { name: 6 }] } },
      [
        "workers.nodes[2]: not an object, got 5; write {name: worker-1}",
        "workers.nodes[3].name: not text, got 6; write a name, e.g. worker-1",
        'workers.nodes[0].name: not a host name, got "Worker_1"; use lowercase letters, digits and dashes, at most 63, beginning and ending with a letter or digit',
        "workers.nodes[1].name: missing; write a name, e.g. worker-1",
      ],
    ],
    [
      "sizes that do not exist or are too small",
      {
        controlPlane: { size: "s-1vcpu-1g" },
        workers: { size: "huge", nodes: [{ name: "a", size: "s-1vcpu-512mb-10gb" }] },
      },
      [
        'controlPlane.size: no such size on digitalocean, got "s-1vcpu-1g"; did you mean "s-1vcpu-1gb"?',
        expect.stringMatching(
          /^workers\.size: no such size on digitalocean, got "huge"; use one of s-1vcpu-512mb-10gb, /,
        ) as string,
        'workers.nodes[0].size: 512 MiB of memory is too little, got "s-1vcpu-512mb-10gb"; use a size of 1024 MiB or more, e.g. s-1vcpu-1gb',
      ],
    ],
    [
      "a size named like something every object has",
      { workers: { size: "constructor" } },
      [expect.stringMatching(/^workers\.size: no such size/) as string],
    ],
  ]);
});

describe("the provider", () => {
  failsWith([
    [
      "one that does not exist, without judging its region",
      { provider: "aws", region: "eu-central-1" },
      ['provider: unknown provider, got "aws"; use one of digitalocean'],
    ],
    [
      "a region and an image that do not exist",
      { region: "fra", image: "debian-11-x64" },
      [
        'region: no such region on digitalocean, got "fra"; did you mean "fra1"?',
        'image: no such image on digitalocean, got "debian-11-x64"; did you mean "debian-12-x64"?',
      ],
    ],
    [
      "addresses that are none",
      { "digitalocean:apiEndpoint": "10.240.0.1:8000", artifacts: { mirror: "ftp://x/" } },
      [
        'digitalocean:apiEndpoint: not a URL, got "10.240.0.1:8000"; write an http or https URL, e.g. https://api.digitalocean.com',
        'artifacts.mirror: not an http or https URL, got "ftp://x/"; write an http or https URL, e.g. http://10.240.0.1:8080',
      ],
    ],
  ]);
});

describe("keys and types", () => {
  failsWith([
    [
      "unknown keys at any depth, and nothing that follows from them",
      {
        podCdr: "10.10.0.0/16",
        workers: { cuont: 900, nodes: [{ name: "a", siz: "huge" }] },
        artifacts: { mirrors: "x" },
        banana: true,
      },
      [
        'podCdr: unknown key; did you mean "podCidr"?',
        'workers.cuont: unknown key; did you mean "count"?',
        'workers.nodes[0].siz: unknown key; did you mean "size"?',
        'artifacts.mirrors: unknown key; did you mean "mirror"?',
        expect.stringMatching(/^banana: unknown key; use one of clusterName, /) as string,
      ],
    ],
    [
      "a key of ours in a namespace with a typing error",
      { "hardwy:region": "x", "digitalocan:token": "x", "digitalocean:tokn": "x" },
      [
        'hardwy:region: unknown namespace; did you mean "hardway:region"?',
        'digitalocan:token: unknown namespace; did you mean "digitalocean:token"?',
        'digitalocean:tokn: unknown key; did you mean "digitalocean:token"?',
      ],
    ],
    [
      "wrong types, all of them",
      {
        controlPlane: 1,
        workers: { count: "2" },
        kubernetes: { version: 1.36 },
        kubelet: { maxPods: 30.5 },
        addons: { coredns: { enabled: "yes" } },
        protect: "maybe",
      },
      [
        "controlPlane: not an object, got 1; write {count: 1, size: s-1vcpu-1gb}",
        'workers.count: not a number, got "2"; write a number from 1 to 250',
        'kubernetes.version: not text, got 1.36; write the version in quotes, e.g. "1.36.4"',
        "kubelet.maxPods: not a whole number, got 30.5; write a number from 10 to 250",
        'addons.coredns.enabled: neither true nor false, got "yes"; write true or false',
        'protect: neither true nor false, got "maybe"; write true or false',
      ],
    ],
    [
      "numbers out of range",
      { kubelet: { maxPods: 300 }, addons: { coredns: { replicas: 0 } } },
      [
        "addons.coredns.replicas: too small, got 0; use a number from 1 to 10",
        "kubelet.maxPods: too large, got 300; use a number from 10 to 250",
      ],
    ],
    [
      "a name that no cloud would take",
      { clusterName: "My cluster" },
      [
        'clusterName: not a cluster name, got "My cluster"; set one of lowercase letters, digits and dashes, at most 40, beginning and ending with a letter or digit',
      ],
    ],
  ]);

  test("fails on a stack's name that no cloud would take", () => {
    const source = { project: "hardway", stack: "Prod_1", secret: () => undefined };
    const values = { "hardway:operatorCidrs": '["203.0.113.7/32"]' };
    const readText = () => changedLock(() => undefined);
    expect(() => checkConfig({ ...source, values, readText })).toThrow(
      'clusterName: the stack\'s name is not a cluster name, got "Prod_1"; set one of lowercase',
    );
  });
});

describe("the artifact lock", () => {
  const lock = { artifacts: { lock: "my-lock.json" } };
  const problemsWith = (text: string, values: StackValues = {}) =>
    problemsOf({ ...lock, ...values }, { "my-lock.json": text });

  test("fails when it lacks the version", () => {
    expect(problemsOf({ kubernetes: { version: "1.36.9" } })).toEqual([
      'kubernetes.version: not in the artifact lock assets/versions.json, got "1.36.9"; use one of 1.37.1, 1.36.4, 1.35.7',
    ]);
    expect(problemsOf({ kubernetes: { version: "v1.36.4" } })).toEqual([
      'kubernetes.version: not in the artifact lock assets/versions.json, got "v1.36.4"; write "1.36.4"',
    ]);
  });

  test("fails when it has a version only in part", () => {
    const text = changedLock(({ files }) => {
      files.splice(
        files.findIndex(({ name, version }) => name === "kubelet" && version === "1.37.1"),
        1,
      );
    });
    expect(problemsWith(text, { kubernetes: { version: "1.37.1" } })).toEqual([
      'kubernetes.version: not in the artifact lock my-lock.json, got "1.37.1"; use one of 1.36.4, 1.35.7',
    ]);
  });

  test("fails when it is not there, is no lock, or lacks something", () => {
    expect(problemsOf(lock)).toEqual([
      'artifacts.lock: cannot be read, got "my-lock.json"; name a file of the project; `npm run up` writes the lab\'s',
    ]);
    expect(problemsWith("{}")).toEqual([
      expect.stringMatching(
        /^artifacts\.lock: not an artifact lock \(checked: .*\), got "my-lock\.json"; write one in the form of assets\/versions\.json$/,
      ),
    ]);
    const text = changedLock((changed) => {
      changed.files = changed.files.filter(({ name }) => name !== "runc");
      changed.images = changed.images.filter(({ name }) => name !== "coredns");
      delete changed.defaults["coredns"];
    });
    expect(problemsWith(text)).toEqual([
      'artifacts.lock: lacks runc 1.4.3 amd64, image coredns, got "my-lock.json"; add it to the lock, or name another lock',
    ]);
  });

  test("is not asked for an add-on that is off", () => {
    const text = changedLock((changed) => {
      changed.images = changed.images.filter(({ name }) => name !== "coredns");
    });
    expect(problemsWith(text, { addons: { coredns: { enabled: false } } })).toEqual([]);
  });
});

describe("secrets", () => {
  test("travel beside the spec and never in it", async () => {
    const token = pulumi.secret("dop_v1_example");
    const { spec, secrets } = checkConfig({
      project: "hardway",
      stack: "dev",
      values: {
        "hardway:operatorCidrs": '["203.0.113.7/32"]',
        "digitalocean:token": "dop_v1_example",
      },
      secret: (key) => (key === "digitalocean:token" ? token : undefined),
      readText: () => changedLock(() => undefined),
    });
    expect(secrets.cloudToken).toBe(token);
    expect(await pulumi.isSecret(token)).toBe(true);
    expect(JSON.stringify(spec)).not.toContain("dop_v1_example");
  });

  test("may be missing: the plugin looks for its own variable", () => {
    expect(configOf(minimal).secrets.cloudToken).toBeUndefined();
  });

  test("at a wrong place are in no message", () => {
    const problems = problemsOf({
      token: "hunter2",
      "digitalocean:tokne": "hunter2",
      "hardwy:token": "hunter2",
      workers: { password: "hunter2" },
      artifacts: { mirror: "https://me:hunter2@example.com/", registryMirror: "ssh://hunter2@x" },
    });
    expect(problems).toHaveLength(6);
    expect(problems.join("\n")).not.toContain("hunter2");
  });
});

describe("the error", () => {
  test("counts, names the stack and is one that Pulumi shows without a stack trace", () => {
    const error = new ConfigError("dev", ["a: wrong; write b", "c: wrong; write d"]);
    expect(error.message).toBe(
      '2 problems in stack config "dev":\n  a: wrong; write b\n  c: wrong; write d',
    );
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect(new ConfigError("dev", ["a: wrong; write b"]).message).toMatch(/^1 problem in /);
  });

  test("has every line in one form: path, what is wrong, what to write", () => {
    const problems = problemsOf({
      podCdr: 1,
      workers: { count: 0 },
      region: "x",
      operatorCidrs: ["x"],
      serviceCidr: "x",
      kubelet: { maxPods: 1 },
      artifacts: { lock: "x" },
    });
    expect(problems).toHaveLength(7);
    for (const line of problems) expect(line).toMatch(/^[\w:.[\]]+: [a-z][^;\n]*; [^\n]*[^.\n]$/);
  });
});
