import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../components/lib/hash.ts";
import { bundleOf, textOf, type Bundle } from "../support/bundles.ts";
import { graphOfSpec } from "../support/cluster.ts";
import { reveal, type Graph } from "../support/graph.ts";
import { withMasters } from "../support/masters.ts";

/*
 * What a worker's balancer is told. Does not prove that a server that is down is left: the e2e tests do.
 */
const path = "/etc/kubernetes/api-balancer.cfg";
const command = "command:remote:Command";
const fileOf = (from: Bundle, name: string) =>
  from.files.find((file) => file.path === name)?.content ?? "";

const graphWith = (...masters: string[]) => graphOfSpec(withMasters(...masters));
const balancerOf = (graph: Graph) => graph.one(command, "worker-1-api-balancer");
const serversIn = (graph: Graph) =>
  fileOf(bundleOf(balancerOf(graph)), path)
    .split("\n")
    .filter((line) => /^ *server /.test(line));

describe("a worker's balancer", () => {
  let one: Graph;
  let three: Graph;
  beforeAll(async () => {
    one = await graphWith("master-1");
    three = await graphWith("master-3", "master-1", "master-2");
  }, 120_000);

  it("goes to every control-plane machine, as in the config, and looks how each is", () => {
    expect(serversIn(three)).toEqual([
      "    server master-3 10.10.0.13:6443 check",
      "    server master-1 10.10.0.11:6443 check",
      "    server master-2 10.10.0.12:6443 check",
    ]);
  });

  it("does not leave the only one", () => {
    expect(serversIn(one)).toEqual(["    server master-1 10.10.0.11:6443"]);
  });

  it("trusts for an answer whom kubelet trusts", () => {
    const ca = /check-ssl .*ca-file (\S+)/.exec(fileOf(bundleOf(balancerOf(one)), path))?.[1];
    const kubelet = bundleOf(one.one(command, "worker-1-kubelet"));
    const { clusters } = JSON.parse(fileOf(kubelet, "/etc/kubernetes/kubelet.kubeconfig")) as {
      clusters: { cluster: Record<string, string> }[];
    };
    expect(clusters[0]?.cluster["certificate-authority"]).toBe(ca);
  });

  it("is where kubelet, kube-proxy and flannel look for the API, however many there are", () => {
    const asked = (graph: Graph) => {
      const flannel = reveal(graph.one("kubernetes:apps/v1:DaemonSet", "flannel").inputs["spec"]);
      return [
        ...["kubelet", "kube-proxy"].map((service) =>
          textOf(graph.one(command, `worker-1-${service}`), "stdin"),
        ),
        JSON.stringify(flannel),
      ];
    };
    expect(asked(three)).toEqual(asked(one));
    for (const text of asked(three).slice(0, 2)) {
      expect(text).toContain('"server": "https://127.0.0.1:6443"');
      expect(text).toContain("wait-for-api.sh https://127.0.0.1:6443\n");
      expect(text).not.toMatch(/10\.10\.0\.1\d:6443/);
    }
    expect(asked(three)[2]).toContain('"name":"KUBERNETES_SERVICE_HOST","value":"127.0.0.1"');
  });

  it("restarts neither for other servers nor for another CA", () => {
    const parts = (graph: Graph) => textOf(balancerOf(graph), "stdin").split(">>> reload\n");
    const [[before], [restart, reload = ""]] = [parts(one), parts(three)];
    expect(restart).toBe(before);
    expect(restart).toContain("/etc/systemd/system/api-balancer.service");
    const trust = /^>>> because kubernetes CA (\w+)$/m.exec(reload)?.[1];
    const ca = bundleOf(three.one(command, "worker-1-pki"));
    expect(trust).toBe(sha256(fileOf(ca, "/etc/kubernetes/pki/ca.crt")));
  });

  const hasHaproxy = spawnSync("haproxy", ["-v"]).status === 0;
  it.skipIf(!hasHaproxy)("has a text that HAProxy understands", () => {
    const dir = mkdtempSync(join(tmpdir(), "hardway-balancer-"));
    try {
      writeFileSync(join(dir, "ca.crt"), rootCertificates[0] ?? "");
      const text = fileOf(bundleOf(balancerOf(three)), path);
      writeFileSync(join(dir, "cfg"), text.replaceAll(/\S+\/ca\.crt/g, join(dir, "ca.crt")));
      const { status, stderr } = spawnSync("haproxy", ["-c", "-f", join(dir, "cfg")], {
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      expect(status).toBe(0);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
