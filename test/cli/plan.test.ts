import { describe, expect, test } from "vitest";
import { parsePlanCommand } from "../../cli/plan/command.ts";
import { diffOf, lineDifference } from "../../cli/plan/diff.ts";
import { parsePreview, unknownValue } from "../../cli/plan/preview.ts";
import { maxLength } from "../../cli/plan/report.ts";
import { scrub } from "../../cli/lib/secrets.ts";
import { UsageError } from "../../cli/lib/usage.ts";
import { type FakeStep, fakePreview, fakeReport, section, urnOf } from "./support/previews.ts";

const command = "command:remote:Command";
const pem =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----";

/** A step that runs a unit, with what it sends to its host before and after. */
function unit(
  name: string,
  unitName: string,
  before: string,
  after: string,
  after_: readonly string[] = [],
): FakeStep {
  const create = `sudo -n /usr/local/lib/hardway/run-unit.sh ${unitName}.service -`;
  return {
    op: before === after ? "same" : "update",
    type: command,
    name,
    before: { create, stdin: before },
    after: { create, stdin: after },
    dependencies: after_.map((other) => urnOf({ type: command, name: other })),
    diffReasons: ["stdin"],
  };
}

const host = (name: string, op = "same"): FakeStep => ({
  op,
  type: "hardway:remote:Host",
  name,
  before: {},
  ...(op === "delete" ? {} : { after: {} }),
});

test("a worker that is drained for another minor version is named between what restarts, in the order of it all", () => {
  const around = (node: string, what: "cordon" | "uncordon", ...after: string[]): FakeStep => {
    const update = (minor: string) =>
      `sudo -n /usr/local/lib/hardway/${what}-node.sh ${node} ${minor}`;
    return {
      op: "update",
      type: command,
      name: `${node}-${what}`,
      before: { create: "sudo -n true", update: update("1.36") },
      after: { create: "sudo -n true", update: update("1.37") },
      dependencies: after.map((other) => urnOf({ type: command, name: other })),
      diffReasons: ["update"],
    };
  };
  const link = (version: string) => `>>> link /usr/local/bin/kubelet /opt/hardway/${version}\n`;
  const { markdown } = fakeReport(
    host("worker-1"),
    host("worker-2"),
    around("worker-1", "cordon"),
    unit("worker-1-kubelet", "kubelet", link("1"), link("2"), ["worker-1-cordon"]),
    around("worker-1", "uncordon", "worker-1-kubelet"),
    around("worker-2", "cordon", "worker-1-uncordon"),
    unit("worker-2-kubelet", "kubelet", link("1"), link("2"), ["worker-2-cordon"]),
    around("worker-2", "uncordon", "worker-2-kubelet"),
  );
  expect(section(markdown, "Services that restart, in this order")).toEqual([
    "1. `drain` on worker-1 (Kubernetes 1.37)",
    "1. `kubelet` on worker-1 (`/usr/local/bin/kubelet`)",
    "1. `uncordon` on worker-1 (Kubernetes 1.37)",
    "1. `drain` on worker-2 (Kubernetes 1.37)",
    "1. `kubelet` on worker-2 (`/usr/local/bin/kubelet`)",
    "1. `uncordon` on worker-2 (Kubernetes 1.37)",
  ]);
  expect(markdown).not.toContain("Other steps on machines that stay");
});

test("a kubelet that asks for its certificates itself is named with those that Pulumi issues", () => {
  const token = (name: string, op: string): FakeStep => ({
    op,
    type: command,
    name: `${name}-bootstrap-token`,
    before: {},
    after: {},
  });
  const { markdown } = fakeReport(
    host("worker-1"),
    host("worker-2"),
    host("worker-3"),
    token("worker-1", "create"),
    token("worker-2", "replace"),
    token("worker-3", "same"),
  );
  expect(section(markdown, "Certificates and keys")).toEqual([
    "- asked for by kubelet, with a new token, and renewed by itself: on `worker-1`, `worker-2`",
  ]);
});

describe("etcd that begins anew", () => {
  const permit: FakeStep = {
    op: "create",
    type: command,
    name: "master-1-etcd-founder-2",
    after: {},
  };

  test("is a loss of data, which is said", () => {
    const { markdown, verdict } = fakeReport(host("master-1"), permit);
    expect(markdown).toContain(
      "etcd begins anew on `master-1`, generation 2, with **nothing**: every object is gone that the stack does not make",
    );
    expect(verdict).toBe("loses-data");
  });

  test("with a snapshot loses what was written after it", () => {
    const copy = {
      ...permit,
      type: "command:remote:CopyToRemote",
      name: "master-1-etcd-snapshot-2",
    };
    expect(fakeReport(host("master-1"), permit, copy).markdown).toContain(
      "generation 2, with the snapshot of `etcd.restoreFrom`: what was written after it is gone",
    );
  });

  test("is no news once it was done", () => {
    const done = { ...permit, op: "same", before: {} };
    expect(fakeReport(host("master-1"), done).verdict).toBe("safe");
  });
});

describe("a worker that goes", () => {
  const droplet: FakeStep = {
    op: "delete",
    type: "digitalocean:index/droplet:Droplet",
    name: "worker-2",
    before: { size: "s-1vcpu-1gb" },
  };

  test("is drained first, when the control plane stays to do it", () => {
    const drain: FakeStep = { op: "delete", type: command, name: "worker-2-drain", before: {} };
    const stays: FakeStep = { op: "same", type: command, name: "master-1-etcd", after: {} };
    expect(fakeReport(droplet, drain, stays).markdown).toContain(
      "**destroyed**: `worker-2`, worker, `s-1vcpu-1gb` at $6 a month; its pods move to other workers first",
    );
    const etcd: FakeStep = { op: "delete", type: command, name: "master-1-etcd", before: {} };
    expect(
      fakeReport(droplet, drain, { ...stays, name: "master-2-etcd" }, etcd).markdown,
    ).toContain("its pods move");
    expect(fakeReport(droplet, drain, etcd).markdown).not.toContain("its pods move");
    expect(fakeReport(droplet).markdown).not.toContain("its pods move");
  });
});

describe("a control plane of several", () => {
  const master = (name: string, op = "same"): FakeStep[] => {
    const state = (it: object) => ({
      ...(op === "create" ? {} : { before: it }),
      ...(op === "delete" ? {} : { after: it }),
    });
    return [
      { op, type: "digitalocean:index/droplet:Droplet", name, ...state({ size: "s-1vcpu-1gb" }) },
      { op, type: command, name: `${name}-etcd`, ...state({ stdin: "a" }) },
    ];
  };
  const reportOf = (...masters: readonly FakeStep[][]) => fakeReport(...masters.flat());
  const quorum = ({ markdown }: { markdown: string }) => section(markdown, "Quorum of etcd");

  test("keeps etcd's data when one goes, and loses it with the last", () => {
    const shrunk = reportOf(master("m-1"), master("m-2", "delete"), master("m-3", "delete"));
    expect(shrunk.verdict).toBe("loses-machines");
    expect(quorum(shrunk)).toEqual([
      "- `m-2`, `m-3` are taken out before the machine goes, after all else; of 1 member then 1 is needed",
    ]);
    const all = ["m-1", "m-2", "m-3"].map((name) => master(name, "delete"));
    expect(reportOf(...all).verdict).toBe("loses-data");
  });

  test("loses it when the machines that are made anew are more than a minority", () => {
    const replaced = (...names: string[]) =>
      reportOf(
        ...["m-1", "m-2", "m-3"].map((name) =>
          master(name, names.includes(name) ? "replace" : "same"),
        ),
      );
    expect(replaced("m-1").verdict).toBe("loses-machines");
    expect(replaced("m-1", "m-2").verdict).toBe("loses-data");
  });

  test("says who joins, and what is there meanwhile", () => {
    expect(
      quorum(reportOf(master("m-1"), master("m-2", "create"), master("m-3", "create"))),
    ).toEqual([
      "- `m-2`, `m-3` join one by one, as a learner first, which counts for nothing until it has caught up",
    ]);
    const steps = ["m-1", "m-2", "m-3"].map((name) => [
      ...master(name).slice(0, 1),
      host(name),
      unit(
        `${name}-etcd`,
        "etcd",
        ">>> file /etc/x 0644 root:root\na\n",
        ">>> file /etc/x 0644 root:root\nb\n",
      ),
    ]);
    expect(quorum(reportOf(...steps))).toEqual([
      "- `m-1`, `m-2`, `m-3`, one after the other: 2 of 3 members are there meanwhile, 2 are needed",
    ]);
    expect(quorum(reportOf(master("m-1")))).toEqual([]);
  });
});

describe("the order of restarts", () => {
  const file = (text: string) => `>>> file /etc/x 0644 root:root\n${text}\n`;

  test("follows dependencies, also by way of a service that does not restart", () => {
    const { markdown } = fakeReport(
      host("master-1"),
      host("worker-1"),
      unit("worker-1-kubelet", "kubelet", file("a"), file("b"), ["master-1-kube-apiserver"]),
      unit("master-1-kube-apiserver", "kube-apiserver", file("a"), file("a"), ["master-1-etcd"]),
      unit("master-1-etcd", "etcd", file("a"), file("b")),
    );
    expect(section(markdown, "Services that restart, in this order")).toEqual([
      "1. `etcd` on master-1 (`/etc/x`)",
      "1. `kubelet` on worker-1 (`/etc/x`)",
    ]);
  });

  test("shows machines that take turns one after the other, and a timer like a service", () => {
    const after = [file("a"), file("b")] as const;
    const timer = unit("master-1-backup", "backup", ...after, ["worker-2-kubelet"]);
    const create = "/usr/local/lib/hardway/run-unit.sh backup.timer -";
    const { markdown } = fakeReport(
      host("master-1"),
      host("worker-1"),
      host("worker-2"),
      unit("worker-1-kubelet", "kubelet", ...after),
      unit("worker-2-kubelet", "kubelet", ...after, ["worker-1-kubelet"]),
      { ...timer, before: { ...timer.before, create }, after: { ...timer.after, create } },
    );
    expect(section(markdown, "Services that restart, in this order")).toEqual([
      "1. `kubelet` on worker-1 (`/etc/x`)",
      "1. `kubelet` on worker-2 (`/etc/x`)",
      "1. `backup` on master-1 (`/etc/x`)",
    ]);
  });

  test("says which entry of what is sent differs: a certificate, a program or a file's mode", () => {
    const before = ">>> because client certificate 11\n>>> link /usr/local/bin/etcd /opt/1/etcd\n";
    const after = ">>> because client certificate 22\n>>> link /usr/local/bin/etcd /opt/2/etcd\n";
    const { markdown } = fakeReport(
      host("master-1"),
      unit(
        "master-1-etcd",
        "etcd",
        `${before}>>> file /etc/x 0644 root:root\na\n`,
        `${after}>>> file /etc/x 0600 root:root\na\n`,
      ),
    );
    expect(section(markdown, "Services that restart, in this order")).toEqual([
      "1. `etcd` on master-1 (client certificate, `/usr/local/bin/etcd`, `/etc/x`)",
    ]);
  });

  test("leaves out a service whose connection changes but not what is sent: it keeps running", () => {
    const step = unit("worker-1-kubelet", "kubelet", "a", "a");
    const { markdown } = fakeReport(host("worker-1"), { ...step, op: "update" });
    expect(markdown).not.toContain("Services that restart");
    expect(markdown).toContain("- worker-1: kubelet");
  });

  test("leaves out a service that takes the change over without a restart, also where the change is not known yet", () => {
    const text = (own: string, servers: string) =>
      `${file(own)}>>> reload\n>>> file /etc/servers 0644 root:root\n${servers}\n`;
    const lines = (after: string) => {
      const { markdown } = fakeReport(
        host("worker-1"),
        unit("worker-1-api-balancer", "api-balancer", text("a", "one"), after),
      );
      return [
        section(markdown, "Services that restart, in this order"),
        markdown.includes("- worker-1: api-balancer"),
      ];
    };
    expect(lines(text("a", "two"))).toEqual([[], true]);
    expect(lines("04da6b54-80e4-46f7-96ec-b56ff0331ba9")).toEqual([[], true]);
    expect(lines(text("b", "two"))[0]).toEqual([
      "1. `api-balancer` on worker-1 (`/etc/x`, `/etc/servers`)",
    ]);
  });

  test("takes the longer of two node names that fit", () => {
    const { markdown } = fakeReport(
      host("big"),
      host("big-1"),
      unit("big-1-kubelet", "kubelet", file("a"), file("b")),
    );
    expect(markdown).toContain("`kubelet` on big-1");
  });
});

describe("what is lost", () => {
  const etcd = unit("master-1-etcd", "etcd", "a", "a");

  test("on Linode is the same as elsewhere", () => {
    const type = "linode:index/instance:Instance";
    const before = { type: "g6-nanode-1", region: "br-gru" };
    const report = fakeReport(etcd, { op: "delete", type, name: "master-1", before });
    expect(report.verdict).toBe("loses-data");
    // Dearer there than the list says.
    expect(section(report.markdown, "Cost")).toEqual(["$7 → **$0** a month (−$7)."]);
  });

  test("says that a protected machine stops the update", () => {
    const report = fakeReport(etcd, {
      op: "delete",
      type: "digitalocean:index/droplet:Droplet",
      name: "master-1",
      before: { size: "s-1vcpu-1gb" },
      protect: true,
    });
    expect(report.verdict).toBe("loses-data");
    expect(report.markdown).toContain("it is protected, so the update stops there");
  });

  test("is etcd's data when somebody's own host with a control plane leaves", () => {
    const report = fakeReport(etcd, host("master-1", "delete"));
    expect(report.verdict).toBe("loses-data");
    expect(section(report.markdown, "Machines")).toEqual([
      "- **leaves**: `master-1`, control-plane",
    ]);
  });

  test("is no data when somebody's own worker leaves", () => {
    expect(fakeReport(etcd, host("worker-1", "delete")).verdict).toBe("loses-machines");
  });

  test("is etcd's data when another host takes the name of the control plane's", () => {
    const adopted = {
      op: "replace",
      type: command,
      name: "master-1-adopted",
      before: {},
      after: {},
    };
    const report = fakeReport(etcd, host("master-1"), { ...adopted, diffReasons: ["connection"] });
    expect(report.verdict).toBe("loses-data");
    expect(report.markdown).toContain("`master-1` is **replaced** (`connection` changes)");
  });

  test("is an address that is given back", () => {
    const type = "digitalocean:index/reservedIp:ReservedIp";
    const report = fakeReport({ op: "delete", type, name: "api-address", before: {} });
    expect(report.verdict).toBe("loses-machines");
    expect(section(report.markdown, "Addresses that are given back")).toHaveLength(1);
  });

  test("is every Secret when the key that encrypts them is made anew", () => {
    const report = fakeReport(etcd, {
      op: "replace",
      type: "tls:index/privateKey:PrivateKey",
      name: "encryption-at-rest",
      before: {},
      after: {},
    });
    expect(report.verdict).toBe("loses-data");
    expect(report.markdown).toContain("no Secret in etcd can be read");
  });

  test("is not a moved tag of a machine", () => {
    const droplet = { type: "digitalocean:index/droplet:Droplet", name: "master-1" };
    const report = fakeReport(etcd, {
      op: "update",
      ...droplet,
      before: { size: "s-1vcpu-1gb", tags: ["a"] },
      after: { size: "s-1vcpu-1gb", tags: ["b"] },
      diffReasons: ["tags"],
    });
    expect(report.verdict).toBe("safe");
    expect(section(report.markdown, "Machines")).toEqual([
      "- changed in place: `master-1`, control-plane: `tags` changes",
    ]);
  });

  test.each(["create-replacement", "replace", "delete-replaced"])(
    "is found in a replacement told by %s alone",
    (op) => {
      const droplet = { type: "digitalocean:index/droplet:Droplet", name: "master-1" };
      const state = { size: "s-1vcpu-1gb" };
      expect(fakeReport(etcd, { op, ...droplet, before: state, after: state }).verdict).toBe(
        "loses-data",
      );
    },
  );
});

test("a firewall of Linode is read as one of DigitalOcean", () => {
  const rule = (ipv4s: readonly string[]) => ({
    inbounds: [{ label: "ssh", action: "ACCEPT", protocol: "TCP", ports: "22", ipv4s }],
  });
  const { markdown } = fakeReport({
    op: "update",
    type: "linode:index/firewall:Firewall",
    name: "firewall-nodes",
    before: rule(["192.0.2.1/32"]),
    after: rule(["192.0.2.1/32", "198.51.100.0/24"]),
    diffReasons: ["inbounds"],
  });
  expect(section(markdown, "Firewall")).toEqual([
    "- `firewall-nodes` lets in `tcp 22 from 198.51.100.0/24`",
  ]);
});

test("what is opened to the whole internet stands out, but for what the cluster serves there", () => {
  const rules = (sourceAddresses: readonly string[]) => ({
    inboundRules: ["22", "443", "30080"].map((portRange) => ({
      protocol: "tcp",
      portRange,
      sourceAddresses,
    })),
  });
  const { markdown } = fakeReport({
    op: "update",
    type: "digitalocean:index/firewall:Firewall",
    name: "firewall-workers",
    before: rules([]),
    after: rules(["0.0.0.0/0"]),
    diffReasons: ["inboundRules"],
  });
  expect(section(markdown, "Firewall")).toEqual([
    "- `firewall-workers` lets in `tcp 22 from 0.0.0.0/0` — **the whole internet**",
    "- `firewall-workers` lets in `tcp 443 from 0.0.0.0/0`",
    "- `firewall-workers` lets in `tcp 30080 from 0.0.0.0/0` — **the whole internet**",
  ]);
});

describe("a secret", () => {
  const secretValue = { "4dabf18193072939515e22adb298388d": "x", ciphertext: "v1:abc" };

  test.each([
    ["marked by Pulumi", { stdin: "[secret]" }, { stdin: "[secret]" }],
    ["encrypted", { stdin: secretValue }, { stdin: { ...secretValue, ciphertext: "v1:def" } }],
    ["a private key in plain text", { stdin: `a\n${pem}` }, { stdin: `b\n${pem}` }],
    ["a private key cut short", { stdin: "-----BEGIN PRIVATE KEY-----\nMIG" }, { stdin: "b" }],
    [
      "in a Kubernetes Secret",
      { kind: "Secret", stringData: { password: "hunter2" } },
      { kind: "Secret", stringData: { password: "hunter3" } },
    ],
  ])("is never shown, only that it changes: %s", (_what, before, after) => {
    const changed = Object.keys(before).at(-1) ?? "";
    const { markdown } = fakeReport({
      op: "update",
      type: command,
      name: "worker-1-pki",
      before,
      after,
      diffReasons: [changed],
    });
    expect(markdown).not.toMatch(/b3Blbn|MIG|v1:|hunter/);
    expect(markdown).toContain("[secret]");
    expect(markdown).toContain(changed);
  });

  test("of our own environment is taken out of any text", () => {
    const env = { LINODE_TOKEN: "0123456789abcdef", HOME: "/home/somebody", EMPTY_TOKEN: "" };
    expect(scrub("error: 0123456789abcdef in /home/somebody", env)).toBe(
      "error: [secret] in /home/somebody",
    );
  });
});

describe("the raw diff", () => {
  const change = (before: object, after: object) =>
    fakePreview({ op: "update", type: command, name: "a", before, after }).steps.flatMap(diffOf);

  test("shows the changed lines of a text and two around them", () => {
    const text = (middle: string) => ["1", "2", "3", middle, "5", "6", "7", "8"].join("\n");
    expect(change({ stdin: text("4") }, { stdin: text("four") })).toEqual([
      "@@ ~ update command:remote:Command a @@",
      "  stdin:",
      "  2",
      "  3",
      "- 4",
      "+ four",
      "  5",
      "  6",
      "  …",
    ]);
  });

  test("says what only the update will know", () => {
    expect(change({ create: "a" }, { create: unknownValue }).slice(1)).toEqual([
      "- create: a",
      "+ create: (known after the update)",
    ]);
  });

  test.each([
    [
      ["a", "b", "c"],
      ["a", "c"],
      [" a", "-b", " c"],
    ],
    [["a"], ["b", "a"], ["+b", " a"]],
    [[], ["a"], ["+a"]],
    [
      ["a", "b"],
      ["b", "a"],
      ["-a", " b", "+a"],
    ],
  ])("from %j to %j is %j", (before, after, lines) => {
    expect(lineDifference(before, after).map(([sign, text]) => `${sign}${text}`)).toEqual(lines);
  });

  test("cannot end the block it is in", () => {
    const { markdown } = fakeReport({
      op: "update",
      type: command,
      name: "a",
      before: { stdin: "x" },
      after: { stdin: "``````````\n</details>" },
    });
    expect(markdown.match(/^`{10}/gm)).toHaveLength(2);
  });

  test("and the lists are cut to what a comment may hold", () => {
    const steps = Array.from({ length: 3000 }, (_, i): FakeStep => {
      const inputs = (text: string) => ({ create: text.repeat(150) });
      const name = `worker-${i}`;
      const droplet = { op: "create", type: "digitalocean:index/droplet:Droplet", after: {} };
      return i % 2 === 0
        ? { ...droplet, name }
        : {
            op: "update",
            type: command,
            name: `${name}-host`,
            before: inputs("a"),
            after: inputs("b"),
          };
    });
    const { markdown } = fakeReport(...steps);
    expect(markdown.length).toBeLessThanOrEqual(maxLength);
    expect(markdown.length).toBeGreaterThan(maxLength / 2);
    expect(section(markdown, "Machines").at(-1)).toBe("- … and 1460 more");
    expect(markdown).toMatch(/\d+ resources more: run the plan/);
    expect(markdown.trimEnd().endsWith("</details>")).toBe(true);
  });
});

describe("the command", () => {
  test("takes the stack from its flag or from Pulumi's variable", () => {
    expect(parsePlanCommand(["--stack", "prod", "--base=origin/main"], {})).toMatchObject({
      stack: "prod",
      base: "origin/main",
      allowDestroy: false,
    });
    expect(parsePlanCommand(["--allow-destroy"], { PULUMI_STACK: "dev" })).toMatchObject({
      stack: "dev",
      allowDestroy: true,
    });
  });

  test.each([
    [[], "--stack: missing; write --stack NAME or set PULUMI_STACK"],
    [["--stack"], "--stack: value is missing; write --stack STACK"],
    [["--stack", "a b"], '--stack: no name of a stack, got "a b"; use one of pulumi stack ls'],
    [["prod"], 'unknown argument, got "prod"; use --stack, --base'],
    [["--stack", "a", "--out", "--base"], "--out: value is missing; write --out OUT"],
  ])("fails on %j", (argv, message) => {
    expect(() => parsePlanCommand(argv, {})).toThrow(UsageError);
    expect(() => parsePlanCommand(argv, {})).toThrow(message);
  });

  test("fails on what is no preview, and says so", () => {
    expect(() => parsePreview("error: no stack")).toThrow(
      'preview: not JSON, got "error: no stack"',
    );
    expect(() => parsePreview('{"steps": 1}')).toThrow("preview: not what pulumi preview --json");
  });
});

describe("a change of an authority", () => {
  const ca = (op: string, name: string): FakeStep => ({
    op,
    type: "tls:index/selfSignedCert:SelfSignedCert",
    name,
    ...(op === "create" ? {} : { before: {} }),
    ...(op === "delete" ? {} : { after: {} }),
  });

  test("says what people must do before the old one goes", () => {
    const { markdown } = fakeReport(ca("same", "ca"), ca("create", "ca-2"));
    expect(markdown).toContain(
      "**`ca-2` beside the old one**: before the old one goes, take the new kubeconfig and restart your pods that talk to the API",
    );
  });

  test("says what is refused when the old one goes", () => {
    const { markdown } = fakeReport(ca("delete", "ca"), ca("same", "ca-2"));
    expect(markdown).toContain("**`ca` goes**: what it signed is refused from then on");
  });

  test("is none where all are made, or all go", () => {
    const made = fakeReport(ca("create", "ca"), ca("create", "etcd-ca")).markdown;
    expect(made).not.toContain("beside the old one");
    expect(fakeReport(ca("delete", "ca"), ca("delete", "ca-2")).markdown).not.toContain("**`ca");
  });
});
