import { describe, expect, it } from "vitest";
import { diffObjects } from "../kubernetes/diff.ts";
import { replacingPaths } from "../kubernetes/force-new.ts";
import { parseKind } from "../kubernetes/kinds.ts";
import { adoptFields, withoutIgnored } from "../kubernetes/managed-fields.ts";
import { Unknown, type PropertyMap } from "../lib/values.ts";

const immutable = { enableConfigMapMutable: false, enableSecretMutable: false };
const mutable = { enableConfigMapMutable: true, enableSecretMutable: true };

describe("differences", () => {
  const diff = (
    live: PropertyMap,
    now: PropertyMap,
    more: Partial<Parameters<typeof diffObjects>[0]> = {},
  ) =>
    Object.fromEntries(
      Object.entries(
        diffObjects({
          live,
          oldInputs: live,
          newInputs: now,
          replacing: [],
          ignoreChanges: [],
          isBuiltin: true,
          ...more,
        }),
      ).map(([path, change]) => [path, change.kind]),
    );

  it("names the deepest path that differs", () => {
    expect(
      diff(
        { spec: { ports: [{ port: 80 }, { port: 81 }], a: 1, same: { x: [1] } } },
        { spec: { ports: [{ port: 80, name: "http" }], b: { c: 2 }, same: { x: [1] } } },
      ),
    ).toEqual({
      "spec.ports[0].name": "add",
      "spec.ports[1]": "delete",
      "spec.a": "delete",
      "spec.b": "add",
    });
  });

  it("takes what is not known yet as changed", () => {
    expect(diff({ a: "x" }, { a: Unknown, b: Unknown })).toEqual({ a: "update", b: "add" });
  });

  it("says nothing of empty members that a built-in kind leaves out, unless they are new", () => {
    const now = { hostNetwork: false, env: [{ value: "" }] };
    const old = { oldInputs: { hostNetwork: false, env: [{ value: "" }] } };
    expect(diff({ env: [{}] }, now, old)).toEqual({});
    expect(diff({ env: [{}] }, now, { ...old, isBuiltin: false })).toEqual({
      hostNetwork: "add",
      "env[0].value": "add",
    });
    expect(diff({ env: [{}] }, now, { oldInputs: {} })).toEqual({
      hostNetwork: "add",
      "env[0].value": "add",
    });
  });

  it("leaves out ignored paths and what is inside them", () => {
    const live = { spec: { replicas: 1, template: { a: 1 } }, data: { k: "v" } };
    const now = { spec: { replicas: 2, template: { a: 2 } }, data: { k: "w" } };
    const ignoreChanges = ["spec.template", "data.*"];
    expect(diff(live, now, { ignoreChanges })).toEqual({ "spec.replicas": "update" });
  });

  it.each<[string, string, PropertyMap, PropertyMap, Record<string, string>]>([
    [
      "v1",
      "Service",
      { spec: { clusterIP: "a" } },
      { spec: { clusterIP: "b" } },
      { "spec.clusterIP": "update-replace" },
    ],
    ["v1", "Service", { spec: { type: "a" } }, { spec: { type: "b" } }, { "spec.type": "update" }],
    ["v1", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, { "data.a": "update-replace" }],
    ["v1", "Secret", { data: { a: "1" } }, {}, { data: "delete-replace" }],
    [
      "v1",
      "Node",
      { metadata: { name: "a" } },
      { metadata: { name: "b" } },
      { "metadata.name": "update-replace" },
    ],
    [
      "v1",
      "Pod",
      { spec: { containers: [{ image: "a" }] } },
      { spec: { containers: [{ image: "b" }] } },
      { "spec.containers[0].image": "update-replace" },
    ],
    ["v1", "Pod", {}, { spec: { containers: [{ image: "b" }] } }, { spec: "add-replace" }],
    [
      "apps/v1",
      "Deployment",
      { spec: { selector: { matchLabels: { a: "1" } } } },
      { spec: { selector: { matchLabels: { a: "2" } } } },
      { "spec.selector.matchLabels.a": "update-replace" },
    ],
    [
      "apps/v1",
      "Deployment",
      { spec: { replicas: 1 } },
      { spec: { replicas: 2 } },
      { "spec.replicas": "update" },
    ],
    [
      "batch/v1",
      "Job",
      { spec: { template: { a: 1 } } },
      { spec: { template: { a: 2 } } },
      { "spec.template.a": "update-replace" },
    ],
    [
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      { roleRef: { name: "a" } },
      { roleRef: { name: "b" } },
      { "roleRef.name": "update-replace" },
    ],
    [
      "storage.k8s.io/v1",
      "StorageClass",
      { provisioner: "a" },
      { provisioner: "b" },
      { provisioner: "update-replace" },
    ],
    ["acme.io/v1", "Secret", { data: { a: "1" } }, { data: { a: "2" } }, { "data.a": "update" }],
  ])("%s %s %o to %o", (apiVersion, kind, live, now, expected) => {
    const replacing = replacingPaths(parseKind(apiVersion, kind), false, immutable);
    expect(diff(live, now, { replacing })).toEqual(expected);
  });

  it("changes ConfigMaps and Secrets in place where the provider allows it and they are not immutable", () => {
    const secret = parseKind("v1", "Secret");
    expect(replacingPaths(secret, false, mutable)).not.toContain("data");
    expect(replacingPaths(secret, false, mutable)).toContain("type");
    expect(replacingPaths(secret, true, mutable)).toContain("data");
    expect(replacingPaths(parseKind("v1", "ConfigMap"), false, mutable)).not.toContain("data");
  });
});

describe("field managers", () => {
  const live = {
    metadata: {
      managedFields: [
        {
          manager: "pulumi-kubernetes",
          operation: "Update",
          fieldsV1: { "f:data": { "f:a": {} } },
        },
        { manager: "other", operation: "Update", fieldsV1: { "f:spec": { "f:taints": {} } } },
        { manager: "kubectl-edit", operation: "Update", fieldsV1: { "f:data": { "f:b": {} } } },
        { manager: "pulumi-kubernetes", operation: "Update", subresource: "status", fieldsV1: {} },
      ],
    },
    spec: { taints: ["theirs"], unschedulable: true },
  };

  it("takes over what the provider and kubectl wrote, and leaves the rest", () => {
    expect(adoptFields(live, "ours")).toEqual([
      live.metadata.managedFields[1],
      live.metadata.managedFields[3],
      {
        manager: "ours",
        operation: "Apply",
        fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
      },
    ]);
  });

  it("adopts nothing twice", () => {
    const managedFields = adoptFields(live, "ours") ?? [];
    expect(adoptFields({ metadata: { managedFields } }, "ours")).toBeUndefined();
  });

  it("leaves ignored fields of others out, and gives the rest its live value", () => {
    const inputs = { spec: { taints: ["mine"], unschedulable: false } };
    const ignore = ["spec.taints", "spec.unschedulable", "spec.list[0].x"];
    expect(withoutIgnored(inputs, live, "ours", ignore)).toEqual({ spec: { unschedulable: true } });
  });
});
