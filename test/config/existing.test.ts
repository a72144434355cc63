import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { schema } from "../../components/config/schema.ts";
import { configOf, minimal, problemsOf } from "../support/stack.ts";

/** A public key of this type that holds nothing. */
function keyOf(type: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  const blob = Buffer.concat([length, Buffer.from(type), Buffer.alloc(36, type)]);
  return `${type} ${blob.toString("base64")}`;
}
const hostKey = keyOf("ssh-ed25519");
const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
const privateKey = pem.toString();

const host = (n: number, more: object = {}) => ({ address: `10.10.0.${n}`, hostKey, ...more });
const master = { nodes: [{ name: "master-1", host: host(11) }] };
const worker = (more: object = {}) => ({ nodes: [{ name: "worker-1", host: host(21, more) }] });
const stack = (values: object = {}) => ({
  provider: "existing",
  operatorCidrs: [],
  "existing:privateKey": privateKey,
  controlPlane: master,
  workers: worker(),
  ...values,
});
const specOf = (values: object = {}) => configOf(stack(values)).spec;
const hostsOf = (values: object) => {
  const { provider } = specOf(values);
  if (provider.kind !== "existing") throw new Error(provider.kind);
  return provider.hosts;
};

describe("hosts that are there", () => {
  it("need no more than an address and a host key", () => {
    expect(specOf().provider).toEqual({
      kind: "existing",
      hosts: {
        "master-1": { ...standard, address: "10.10.0.11", privateAddress: "10.10.0.11" },
        "worker-1": { ...standard, address: "10.10.0.21", privateAddress: "10.10.0.21" },
      },
    });
  });
  const standard = { user: "root", port: 22, hostKey, sudo: false, bastion: null };

  it("can be said in full", () => {
    const bastion = { address: "bastion.example.com", user: "jump", port: 2222, hostKey };
    const said = {
      address: "worker-1.example.com",
      privateAddress: "192.168.7.21",
      user: "debian",
      port: 2022,
      sudo: true,
      bastion,
    };
    const hosts = hostsOf({
      nodeCidr: "192.168.7.0/24",
      controlPlane: { nodes: [{ name: "master-1", host: host(1, { address: "192.168.7.11" }) }] },
      workers: worker({ ...said, architecture: "arm64" }),
    });
    expect(hosts["worker-1"]).toEqual({ ...said, hostKey });
  });

  it("go through sudo when the login is not root's", () => {
    expect(hostsOf({ workers: worker({ user: "debian" }) })["worker-1"]?.sudo).toBe(true);
    expect(hostsOf({ workers: worker({ sudo: true }) })["worker-1"]?.sudo).toBe(true);
  });

  it("keep a key without its comment, which may change", () => {
    const hosts = hostsOf({ workers: worker({ hostKey: `${hostKey} root@worker-1\n` }) });
    expect(hosts["worker-1"]?.hostKey).toBe(hostKey);
  });

  it("have an architecture each, and cost nothing", () => {
    const { workers } = specOf({ workers: worker({ architecture: "arm64" }) });
    expect(workers.nodes).toEqual([
      {
        name: "worker-1",
        role: "worker",
        architecture: "arm64",
        image: "",
        size: { slug: "existing", vcpus: 0, memoryMib: 0, diskGib: 0, monthlyUsd: 0 },
      },
    ]);
  });

  it("may be logged in to by whom sshd lets in", () => {
    for (const user of ["john.doe", "CORP\\jane", "jane@corp.example.com", "svc+ops$", "jürgen"]) {
      const hosts = hostsOf({ workers: worker({ user, bastion: { ...host(9), user } }) });
      expect(hosts["worker-1"]).toMatchObject({ user, bastion: { user } });
    }
  });

  it("may have any name that DNS knows, which certificates have in one form", () => {
    for (const [written, known] of [
      ["worker_1.example.com", "worker_1.example.com"],
      ["_w.Example.COM", "_w.example.com"],
      ["Worker-1.example.com.", "worker-1.example.com"],
    ] as const) {
      const bastion = { address: written, hostKey };
      const named = worker({ address: written, privateAddress: "10.10.0.21", bastion });
      const at = { address: known, bastion: { address: known } };
      expect(hostsOf({ workers: named })["worker-1"]).toMatchObject(at);
    }
  });

  it("take every kind of key that can be pinned", () => {
    for (const type of ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521"]) {
      expect(problemsOf(stack({ workers: worker({ hostKey: keyOf(type) }) }))).toEqual([]);
    }
  });
});

const at = "workers.nodes[0].host";
const keyFix = "write what `cat /etc/ssh/ssh_host_ed25519_key.pub` prints on the host";
const loginFix =
  "write the key that may log in to the hosts: pulumi config set --secret existing:privateKey < ~/.ssh/id_ed25519";

test.each<readonly [what: string, values: object, problems: readonly string[]]>([
  [
    "no hosts at all",
    { controlPlane: {}, workers: { count: 3 } },
    [
      "controlPlane.nodes: missing: no machine is made on existing hosts; write one entry per host, e.g. [{name: master-1, host: {address: 203.0.113.10, hostKey: ssh-ed25519 AAAA…}}]",
      "workers.nodes: missing: no machine is made on existing hosts; write one entry per host, e.g. [{name: worker-1, host: {address: 203.0.113.10, hostKey: ssh-ed25519 AAAA…}}]",
    ],
  ],
  [
    "a node without a host",
    { workers: { nodes: [{ name: "worker-1" }] } },
    [`${at}: missing; write {address: 203.0.113.10, hostKey: ssh-ed25519 AAAA…}`],
  ],
  [
    "a host that says nothing",
    { workers: { nodes: [{ name: "worker-1", host: {} }] } },
    [
      `${at}.address: missing; write an address, e.g. 203.0.113.10`,
      `${at}.hostKey: missing; ${keyFix}`,
    ],
  ],
  [
    "keys of a cloud",
    {
      region: "fra1",
      image: "debian-12-x64",
      allowUnknownSize: true,
      operatorCidrs: ["203.0.113.7/32"],
      firewall: { rules: [{ ports: ["tcp/9100"], from: ["nodes"] }] },
      workers: { ...worker(), size: "big" },
    },
    [
      'region: existing hosts are as they are, got "fra1"; remove it',
      'image: existing hosts are as they are, got "debian-12-x64"; remove it',
      "allowUnknownSize: existing hosts are as they are, got true; remove it",
      'workers.size: existing hosts are as they are, got "big"; remove it',
      "operatorCidrs: the firewall of existing hosts is yours; remove it, and open the ports that docs/existing.md lists",
      "firewall.rules: the firewall of existing hosts is yours; remove it, and open these ports there",
    ],
  ],
  [
    "values that are wrong by themselves",
    {
      workers: worker({
        address: "10.0.0.300",
        privateAddress: "10.10.0",
        user: "a b",
        port: 70000,
        architecture: "x86_64",
        sudo: false,
      }),
    },
    [
      `${at}.address: neither an IPv4 address nor a DNS name, got "10.0.0.300"; write one such as 203.0.113.10 or worker-1.example.com`,
      `${at}.user: not a user, got "a b"; write one such as root`,
      `${at}.port: too large, got 70000; use a number from 1 to 65535`,
      `${at}.architecture: unknown, got "x86_64"; write amd64 or arm64`,
      `${at}.sudo: a b is not root, got false; leave it out, or log in as root`,
      `${at}.privateAddress: not an IPv4 address, got "10.10.0"; write one such as 10.10.0.11`,
    ],
  ],
  [
    "an address outside of the network of the nodes",
    { workers: worker({ privateAddress: "192.168.7.21" }) },
    [
      `${at}.privateAddress: not in nodeCidr 10.10.0.0/20, got "192.168.7.21"; write the address in the network that the nodes share, or nodeCidr: 192.168.7.0/24, if that is the network`,
    ],
  ],
  [
    "a name where the nodes need an address",
    { workers: worker({ address: "worker-1.example.com" }) },
    [
      `${at}.address: not an IPv4 address, got "worker-1.example.com"; add privateAddress, the host's IPv4 address in the network of the nodes`,
    ],
  ],
  [
    "the same host twice",
    { workers: worker({ address: "10.10.0.11" }) },
    [
      `${at}.privateAddress: also the privateAddress of controlPlane.nodes[0], got "10.10.0.11"; give every node a host of its own`,
      `${at}.address: also the address of controlPlane.nodes[0], got "10.10.0.11"; give every node a host of its own`,
    ],
  ],
  [
    "a bastion without its key",
    { workers: worker({ bastion: { address: "203.0.113.9" } }) },
    [`${at}.bastion.hostKey: missing; ${keyFix}`],
  ],
  [
    "a name twice, in two forms",
    {
      controlPlane: {
        nodes: [
          {
            name: "master-1",
            host: host(1, { address: "one.example.com", privateAddress: "10.10.0.11" }),
          },
        ],
      },
      workers: worker({ address: "ONE.example.com.", privateAddress: "10.10.0.21" }),
    },
    [
      `${at}.address: also the address of controlPlane.nodes[0], got "one.example.com"; give every node a host of its own`,
    ],
  ],
])("fails on %s", (_what, values, problems) => {
  expect(problemsOf(stack(values))).toEqual(problems);
});

test.each(["-oProxyCommand=x", "a;b", "a:b", "a/b", "$(a)", "CORP\\", "", "a".repeat(257)])(
  "%j is not a user",
  (user) => {
    const [problem = ""] = problemsOf(stack({ workers: worker({ user }) }));
    expect(problem).toContain(`${at}.user: not a user, got `);
  },
);

test.each(["a..b", ".", "", "a b", "w..", "a:22", "10.0.0.1.", "-a.example.com"])(
  "%j is neither an address nor a name",
  (address) => {
    const [problem = ""] = problemsOf(
      stack({ workers: worker({ address, privateAddress: "10.10.0.21" }) }),
    );
    expect(problem).toContain(`${at}.address: neither an IPv4 address nor a DNS name, got `);
  },
);

describe("a host key", () => {
  test.each([
    ["ssh-ed25519", "not a whole public key"],
    [`ssh-ed25519 ${Buffer.from("nothing").toString("base64")}`, "not a whole public key"],
    [keyOf("ssh-rsa"), "an RSA key cannot be pinned"],
    [`10.10.0.21 ${hostKey}`, "starts with a host name, 10.10.0.21"],
    ["SHA256:47DEQpj8HBSa", "not an ssh public key"],
  ])("fails on %s", (given, wrong) => {
    const [problem = "", ...others] = problemsOf(stack({ workers: worker({ hostKey: given }) }));
    expect(others).toEqual([]);
    expect(problem).toContain(`${at}.hostKey: ${wrong}, got `);
  });

  it("is never shown when it is the private one", () => {
    expect(problemsOf(stack({ workers: worker({ hostKey: privateKey }) }))).toEqual([
      `${at}.hostKey: a private key, which stays on its host; ${keyFix}`,
    ]);
  });
});

describe("the login key", () => {
  const locked = generateKeyPairSync("ed25519").privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  const opensshOf = (cipher: string) => {
    const length = Buffer.from([0, 0, 0, cipher.length]);
    const text = Buffer.concat([Buffer.from("openssh-key-v1\0"), length, Buffer.from(cipher)]);
    return `-----BEGIN OPENSSH PRIVATE KEY-----\n${text.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
  };
  const problemsWith = (key: string) => problemsOf(stack({ "existing:privateKey": key }));

  it("may be in PEM or OpenSSH form", () => {
    expect(problemsWith(privateKey.trimEnd())).toEqual([]);
    expect(problemsWith(opensshOf("none"))).toEqual([]);
  });

  it("must be given", () => {
    expect(problemsWith("")).toEqual([`existing:privateKey: missing; ${loginFix}`]);
  });

  it("is not shown when it is wrong", () => {
    for (const wrong of ["~/.ssh/id_ed25519", privateKey.slice(0, 60), hostKey]) {
      expect(problemsWith(wrong)).toEqual([
        `existing:privateKey: not a private key in OpenSSH or PEM form; ${loginFix}`,
      ]);
    }
  });

  it("must have no passphrase", () => {
    for (const wrong of [locked.toString(), opensshOf("aes256-ctr")]) {
      expect(problemsWith(wrong)).toEqual([
        "existing:privateKey: locked by a passphrase, which nobody can type here; make a key of its own for this cluster: ssh-keygen -N ''",
      ]);
    }
  });
});

test("a host on a cloud is an error", () => {
  expect(problemsOf({ workers: worker() })).toEqual([
    "workers.nodes[0].host: digitalocean makes its machines itself; remove it, or write hardway:provider: existing",
  ]);
});

describe("Pulumi.existing.yaml", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "Pulumi.existing.yaml"), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  const complete = { ...config, operatorCidrs: [], "existing:privateKey": privateKey };

  it("is the cluster of the defaults, but for the login key", () => {
    const { provider, controlPlane, workers, ...rest } = configOf(complete).spec;
    expect(provider.kind).toBe("existing");
    expect({ ...configOf(minimal).spec, operatorCidrs: [] }).toMatchObject(rest);
    expect([...controlPlane.nodes, ...workers.nodes].map(({ name }) => name)).toEqual([
      "master-1",
      "worker-1",
      "worker-2",
    ]);
  });

  it("names every key that is for hosts, and no other", () => {
    const forClouds = [
      ...["region", "image", "allowUnknownSize", "reservedIps", "operatorCidrs", "firewall"],
    ];
    for (const key of Object.keys(schema.entries)) {
      expect([key, text.includes(`hardway:${key}:`)]).toEqual([key, !forClouds.includes(key)]);
    }
  });
});
