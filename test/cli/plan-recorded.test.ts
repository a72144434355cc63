import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { maxLength } from "../../cli/plan/report.ts";
import { previewsDir, recordedReport, section } from "./support/previews.ts";

const names = readdirSync(previewsDir)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.replace(".json", ""));

test.each(names)("the report of %s is the golden one", async (name) => {
  const golden = join(import.meta.dirname, "..", "golden", "plan", `${name}.md`);
  await expect(recordedReport(name).markdown).toMatchFileSnapshot(golden);
});

test.each(names)("no secret is in the recording or the report of %s", (name) => {
  const texts = [
    readFileSync(join(previewsDir, `${name}.json`), "utf8"),
    recordedReport(name).markdown,
  ];
  for (const text of texts) {
    expect(text).not.toMatch(/PRIVATE KEY|"token"|passphrase|ciphertext|dop_v1_/i);
  }
  expect(texts[1]?.length).toBeLessThanOrEqual(maxLength);
});

describe("the verdict", () => {
  test.each([
    ["first-up", "safe"],
    ["no-change", "safe"],
    ["kubelet-setting", "safe"],
    ["kubernetes-version", "safe"],
    ["worker-added", "safe"],
    ["worker-removed", "loses-machines"],
    ["worker-resized", "safe"],
    ["firewall", "safe"],
    ["control-plane-replaced", "loses-data"],
    ["vpc-replaced", "loses-data"],
    ["cluster-domain", "safe"],
    ["add-on-off", "safe"],
    ["demo-off", "loses-data"],
    ["destroy", "loses-data"],
    ["config-error", "fails"],
  ])("on %s is %s", (name, verdict) => {
    expect(recordedReport(name).verdict).toBe(verdict);
  });
});

describe("what is lost", () => {
  const lost = (name: string) =>
    recordedReport(name)
      .markdown.split("\n")
      .filter((line) => line.startsWith("> - "));

  test("names the control-plane machine and etcd when it is replaced by one of another name", () => {
    expect(lost("control-plane-replaced")).toEqual([
      "> - control-plane machine `master-1` is **deleted**, and with it **etcd's data**: every object of the cluster",
    ]);
  });

  test("names the network and why it cannot stay", () => {
    expect(lost("vpc-replaced")).toEqual([
      "> - control-plane machine `master-1` is **replaced**, and with it **etcd's data**: every object of the cluster",
      "> - the private network `vpc` is **replaced** (`ipRange` changes): no machine in it can stay",
    ]);
  });

  test("names a namespace that goes with its add-on", () => {
    expect(lost("demo-off")).toEqual([
      "> - Namespace `demo` is **deleted**, and everything in it, whoever made it",
    ]);
  });

  test("comes before everything else", () => {
    const { markdown } = recordedReport("vpc-replaced");
    expect(markdown.indexOf("destroys data")).toBeLessThan(markdown.indexOf("to replace"));
  });

  test("is nothing when a worker goes: the machine is in the list of machines", () => {
    expect(lost("worker-removed")).toEqual([]);
    expect(section(recordedReport("worker-removed").markdown, "Machines")).toEqual([
      "- **destroyed**: `worker-2`, worker, `s-1vcpu-1gb` at $6 a month",
    ]);
  });
});

describe("services that restart", () => {
  const restarts = (name: string) =>
    section(recordedReport(name).markdown, "Services that restart, in this order");

  test("are only the kubelets after a kubelet's setting, one after the other", () => {
    expect(restarts("kubelet-setting")).toEqual([
      "1. `kubelet` on worker-1 (`/etc/kubernetes/kubelet.yaml`)",
      "1. `kubelet` on worker-2 (`/etc/kubernetes/kubelet.yaml`)",
    ]);
  });

  test("begin with the API server after a new Kubernetes, and leave etcd and containerd alone", () => {
    const [first = "", second = "", ...more] = restarts("kubernetes-version");
    expect(first).toContain("`kube-apiserver` on master-1");
    for (const service of ["kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"]) {
      expect(second).toContain(`\`${service}\` on`);
    }
    expect(more).toEqual([]);
    expect(first + second).not.toMatch(/`(etcd|containerd)`/);
  });

  test("follow a certificate that is issued anew", () => {
    expect(restarts("cluster-domain")[0]).toBe(
      "1. `kube-apiserver` on master-1 (new `master-1-apiserver`)",
    );
  });

  test("are none on machines that are made or replaced: there they start", () => {
    expect(restarts("vpc-replaced")).toEqual([]);
    expect(restarts("worker-added")).toEqual([]);
    expect(
      section(recordedReport("worker-added").markdown, "Services that start for the first time"),
    ).toEqual(["- worker-3: containerd, kube-proxy, kubelet"]);
  });
});

test("the cost is that of all machines, before and after", () => {
  const cost = (name: string) => section(recordedReport(name).markdown, "Cost");
  expect(cost("no-change")).toEqual(["$18 a month, as before."]);
  expect(cost("worker-added")).toEqual(["$18 → **$24** a month (+$6)."]);
  expect(cost("worker-removed")).toEqual(["$18 → **$12** a month (−$6)."]);
  expect(cost("worker-resized")).toEqual(["$18 → **$24** a month (+$6)."]);
  expect(cost("destroy")).toEqual(["$18 → **$0** a month (−$18)."]);
});

test("a firewall that lets the whole internet reach SSH and the API server says so", () => {
  expect(section(recordedReport("firewall").markdown, "Firewall")).toEqual([
    "- `firewall-control-plane` lets in `tcp 6443 from 0.0.0.0/0` — **the whole internet**",
    "- `firewall-control-plane` no longer lets in `tcp 6443 from 10.240.0.1/32`",
    "- `firewall-nodes` lets in `tcp 22 from 0.0.0.0/0` — **the whole internet**",
    "- `firewall-nodes` no longer lets in `tcp 22 from 10.240.0.1/32`",
  ]);
});

test("a program that fails shows its own words", () => {
  expect(section(recordedReport("config-error").markdown, "The preview fails")).toEqual([
    '- 1 problem in stack config "dev":',
    '    region: no such region on digitalocean, got "fra1x"; did you mean "fra1"?',
  ]);
});

test("what the base would do too is marked, and what it would do alone is counted", () => {
  const { markdown } = recordedReport("worker-removed", "worker-removed");
  expect(section(markdown, "Machines")).toEqual([
    "- **destroyed**: `worker-2`, worker, `s-1vcpu-1gb` at $6 a month *(pending)*",
  ]);
  const [first, second] = section(
    recordedReport("kubernetes-version", "kubernetes-version").markdown,
    "Services that restart, in this order",
  );
  expect(first?.match(/\*\(pending\)\*/g)).toHaveLength(1);
  expect(second?.match(/\*\(pending\)\*/g)).toHaveLength(4);
  const other = recordedReport("kubelet-setting", "worker-resized").markdown;
  expect(other).not.toContain("*(pending)*");
  expect(other).toContain("1 change pending on `main` would no longer be made.");
});
