import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { bundle } from "../../components/lib/bundle.ts";
import { readAsset } from "../../components/lib/assets.ts";
import { operatorsGroup } from "../../components/facts/operators.ts";
import { bundleOf, stepsOn } from "../support/bundles.ts";
import { graphOfSpec } from "../support/cluster.ts";
import type { Graph } from "../support/graph.ts";
import { withMasters } from "../support/masters.ts";
import { owner, ScriptHost } from "../support/scripts.ts";

const command = "command:remote:Command";
const subjectOf = (graph: Graph, name: string) =>
  graph.one("tls:index/certRequest:CertRequest", name).inputs["subject"] as {
    commonName: string;
    organization?: string;
  };

describe("whoever can do everything", () => {
  const masters = ["master-1", "master-2", "master-3"];
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphOfSpec(withMasters(...masters));
  }, 120_000);

  it("is the operator by a group whose rights can be taken away", () => {
    expect(subjectOf(graph, "admin").organization).toBe(operatorsGroup);
    const { kind, roleRef, subjects } = parse(readAsset("config/operators.yaml")) as {
      kind: string;
      roleRef: object;
      subjects: object[];
    };
    expect(kind).toBe("ClusterRoleBinding");
    expect(roleRef).toMatchObject({ kind: "ClusterRole", name: "cluster-admin" });
    expect(subjects).toMatchObject([{ kind: "Group", name: operatorsGroup }]);
  });

  it("is root on a control-plane machine for ever, with a certificate of that machine, and nobody else", () => {
    const forEver = graph
      .ofType("tls:index/certRequest:CertRequest")
      .filter(({ name }) => subjectOf(graph, name).organization === "system:masters")
      .map(({ name }) => name);
    expect(forEver).toEqual(masters.map((node) => `${node}-emergency`));
    for (const node of masters) {
      const written = stepsOn(graph, node).flatMap((step) => bundleOf(step).files);
      const key = written.find(({ path }) => path === "/etc/kubernetes/pki/emergency.key");
      expect(key).toMatchObject({ mode: "0600", owner: "root:root" });
    }
  });

  it("has a certificate only when its group has its rights, and those come from no one it could be", () => {
    const { opts } = graph.one("tls:index/locallySignedCert:LocallySignedCert", "admin");
    const before = (opts.dependsOn as { __name?: string }[]).map((it) => it.__name);
    expect(before).toEqual(masters.map((node) => `${node}-operator-access`));
    const bindings = graph
      .ofType("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding")
      .filter(({ inputs }) => JSON.stringify(inputs).includes(operatorsGroup));
    expect(bindings).toEqual([]);
  });

  it("finds on each control-plane machine how to give them back", () => {
    for (const node of masters) {
      const { files } = bundleOf(graph.one(command, `${node}-operator-access`));
      expect(files.map(({ path }) => path)).toEqual([
        "/etc/kubernetes/emergency.kubeconfig",
        "/etc/kubernetes/operators.yaml",
      ]);
      expect(files[0]?.content).toContain('"/etc/kubernetes/pki/emergency.key"');
    }
  });
});

/** Does not prove that an API server takes it: the lab does. */
describe("grant-operators.sh", () => {
  let host: ScriptHost;
  const manifest = () => ({
    path: host.path("etc/kubernetes/operators.yaml"),
    content: readAsset("config/operators.yaml"),
    owner,
  });
  beforeEach(() => {
    host = new ScriptHost();
  });
  afterEach(() => {
    host[Symbol.dispose]();
  });

  it("applies the manifest that it wrote, as the emergency identity, to the object of that name", () => {
    host.play("curl", 'echo "$*" >> "$calls"; cat > "$calls.sent"');
    expect(host.run("grant-operators.sh", [], bundle({ files: [manifest()] })).status).toBe(0);
    expect(host.read("calls.sent")).toBe(readAsset("config/operators.yaml"));
    const { metadata } = parse(host.read("calls.sent")) as { metadata: { name: string } };
    expect(host.calls).toContain(`/clusterrolebindings/${metadata.name}?`);
    expect(host.calls).toContain("pki/emergency.key");
  });

  it("fails when the API server does not take it, and asks nothing when its input was cut off", () => {
    host.play("curl", 'echo "$*" >> "$calls"; exit 22');
    const whole = bundle({ files: [manifest()] });
    expect(host.run("grant-operators.sh", [], whole).status).toBe(22);
    host.forgetCalls();
    expect(host.run("grant-operators.sh", [], whole.slice(0, 200)).status).toBe(1);
    expect(host.calls).toBe("");
  });
});
