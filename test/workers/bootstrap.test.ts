import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";
import { sha256 } from "../../components/lib/hash.ts";
import { createBootstrapToken } from "../../components/pki/bootstrap-token.ts";
import type { Machine } from "../../components/providers/machine.ts";
import { bundleOf, stepsOn, textOf } from "../support/bundles.ts";
import { graphOfSpec } from "../support/cluster.ts";
import { graphOf, isSecret, type Graph } from "../support/graph.ts";
import { sampleSpec } from "../support/sample.ts";

/*
 * How a kubelet comes to certificates of its own. Does not prove that it gets them: the lab does.
 */
const command = "command:remote:Command";
const spec = sampleSpec({ kubelet: { certificates: "bootstrap" } });
const rbac = "kubernetes:rbac.authorization.k8s.io/v1:";
const nameOf = (resource: unknown) => (resource as { __name: string }).__name;

describe("where kubelets ask for their certificates", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphOfSpec(spec);
  }, 120_000);
  const before = (step: string) =>
    (graph.one(command, step).opts.dependsOn as unknown[]).map(nameOf);

  it("Pulumi issues none, and has no key of a kubelet", () => {
    const issued = graph.ofType("tls:index/locallySignedCert:LocallySignedCert");
    expect(issued.map(({ name }) => name).filter((name) => name.includes("kubelet"))).toEqual([
      "master-1-apiserver-kubelet-client",
    ]);
  });

  it("each has a token of its own, which is a secret and goes to the control plane and to it", () => {
    const token = graph.one(command, "worker-2-bootstrap-token");
    const file = graph.one(command, "worker-2-bootstrap");
    expect(stepsOn(graph, "master-1")).toContain(token);
    expect(stepsOn(graph, "worker-2")).toContain(file);
    for (const step of [token, file]) {
      expect(isSecret(step.inputs["stdin"])).toBe(true);
      expect(textOf(step, "create")).not.toContain(textOf(token, "stdin"));
    }
    expect(textOf(token, "stdin")).toMatch(/^[0-9a-f]{6}\.[0-9a-f]{16}$/);
    expect(bundleOf(file).files).toMatchObject([
      { path: "/etc/kubernetes/bootstrap.kubeconfig", mode: "0600", owner: "root:root" },
    ]);
    expect(textOf(file, "stdin")).toContain(`"token": "${textOf(token, "stdin")}"`);
    expect(textOf(token, "stdin")).not.toBe(
      textOf(graph.one(command, "worker-1-bootstrap-token"), "stdin"),
    );
  });

  it("it starts when its token is known and somebody approves, and what it needs no more goes after that", () => {
    expect(before("worker-2-kubelet")).toEqual(
      expect.arrayContaining(["worker-2-bootstrap-token", "worker-2-bootstrap"]),
    );
    expect(before("worker-2-bootstrap-token")).toContain("master-1-csr-approver");
    expect(before("master-1-csr-approver")).toContain("csr-approver");
    expect(before("worker-2-bootstrapped")).toEqual(["worker-2-kubelet"]);
    const { inputs } = graph.one(command, "worker-2-bootstrapped");
    expect(inputs["create"]).toBe(
      "rm -f /etc/kubernetes/bootstrap.kubeconfig /etc/kubernetes/pki/kubelet.crt /etc/kubernetes/pki/kubelet.key " +
        "/etc/kubernetes/pki/kubelet-serving.crt /etc/kubernetes/pki/kubelet-serving.key",
    );
  });

  it("another machine of the worker, and not one of the control plane, makes the step of the token be done anew", () => {
    const { inputs, opts } = graph.one(command, "worker-2-bootstrap-token");
    expect((inputs["triggers"] as unknown[])[0]).toBe("worker-2-id");
    expect(opts.deletedWith).toBe(graph.one(command, "worker-2-kubelet").opts.deletedWith);
  });

  it("another token starts kubelet again, and the reason shows nothing of it", () => {
    const [id = "", secret = ""] = textOf(
      graph.one(command, "worker-2-bootstrap-token"),
      "stdin",
    ).split(".");
    const kubelet = graph.one(command, "worker-2-kubelet");
    expect(bundleOf(kubelet).reasons).toContain(`bootstrap token ${sha256(id)}`);
    expect(isSecret(kubelet.inputs["stdin"])).toBe(false);
    expect(textOf(kubelet, "stdin")).not.toContain(secret);
  });

  it("the approver knows which machine may ask for what", () => {
    const { files } = bundleOf(graph.one(command, "master-1-csr-approver"));
    const id = (worker: string) =>
      textOf(graph.one(command, `${worker}-bootstrap-token`), "stdin").slice(0, 6);
    expect(files.find(({ path }) => path.endsWith(".nodes"))?.content).toBe(
      `worker-1 10.10.0.21 ${id("worker-1")}\nworker-2 10.10.0.22 ${id("worker-2")}\n`,
    );
  });

  it("nobody's token gets a certificate for any node approved by Kubernetes itself", () => {
    const bound = graph.ofType(`${rbac}ClusterRoleBinding`).map(({ inputs }) => ({
      role: (inputs["roleRef"] as { name: string }).name,
      to: (inputs["subjects"] as { name: string }[]).map(({ name }) => name),
    }));
    expect(bound.filter(({ role }) => /bootstrap|certificatesigning/.test(role))).toEqual([
      { role: "system:node-bootstrapper", to: ["system:bootstrappers:hardway"] },
      {
        role: "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        to: ["system:nodes"],
      },
    ]);
    expect(readAsset("scripts/put-bootstrap-token.sh")).toContain(
      "auth-extra-groups: system:bootstrappers:hardway\n",
    );
  });

  it("the approver gets at no Secret but their tokens", () => {
    const { inputs } = graph.one(`${rbac}ClusterRole`, "csr-approver");
    const rules = inputs["rules"] as { resources: string[]; resourceNames?: string[] }[];
    const secrets = rules.filter(({ resources }) => resources.includes("secrets"));
    expect(secrets).toHaveLength(1);
    expect(secrets[0]?.resourceNames).toHaveLength(2);
  });
});

describe("the step of a token", () => {
  const ofRun = async (...existing: string[]) => {
    const graph = await graphOfSpec(spec, "up", undefined, existing);
    return graph.one(command, "worker-1-bootstrap-token");
  };

  it("is done again by every run until the token was used, since its hour may be over", async () => {
    expect((await ofRun("worker-1-kubelet")).opts.ignoreChanges).toBeUndefined();
    const used = await ofRun("worker-1-kubelet", "worker-1-bootstrapped");
    expect(used.opts.ignoreChanges).toEqual(["triggers[1]"]);
  }, 60_000);
});

it("a machine made anew has another token, and its id says nothing of its secret", async () => {
  const tokens: Promise<string>[] = [];
  await graphOf(() => {
    const parent = new pulumi.ComponentResource("hardway:pki:Room", "room", {});
    for (const id of ["one", "one", "another"]) {
      const machine = { deletedWith: { id: pulumi.output(id) } } as unknown as Machine;
      const { token } = createBootstrapToken("key", machine, { parent });
      tokens.push(new Promise((resolve) => void token.apply(resolve)));
    }
  });
  const [first, same, other] = await Promise.all(tokens);
  expect(same).toBe(first);
  expect(other).not.toBe(first);
  const [id, secret] = first?.split(".") ?? [];
  expect(secret).not.toContain(id);
});
