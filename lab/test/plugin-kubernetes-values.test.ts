import { describe, expect, it } from "vitest";
import { checkConfig } from "../plugins/kubernetes/config.ts";
import { diffObjects } from "../plugins/kubernetes/diff.ts";
import { replacingPaths } from "../plugins/kubernetes/force-new.ts";
import { activeCluster, connectionOf, parseKubeconfig } from "../plugins/kubernetes/kubeconfig.ts";
import {
  builtinScope,
  isListKind,
  parseKind,
  parseTypeToken,
} from "../plugins/kubernetes/kinds.ts";
import { adoptFields, withoutIgnored } from "../plugins/kubernetes/managed-fields.ts";
import {
  normalizeInputs,
  pruneToShape,
  toApi,
  toSdk,
  withLeftOut,
} from "../plugins/kubernetes/normalize.ts";
import { canonicalQuantity } from "../plugins/kubernetes/quantity.ts";
import { Unknown, type PropertyMap } from "../plugins/lib/values.ts";

const immutable = { enableConfigMapMutable: false, enableSecretMutable: false };
const mutable = { enableConfigMapMutable: true, enableSecretMutable: true };

describe("type tokens", () => {
  it.each([
    ["kubernetes:core/v1:Node", { group: "", version: "v1", kind: "Node" }],
    ["kubernetes:apps/v1:Deployment", { group: "apps", version: "v1", kind: "Deployment" }],
    ["kubernetes:acme.io/v1:Issuer", { group: "acme.io", version: "v1", kind: "Issuer" }],
    ["kubernetes:helm.sh/v4:Chart", undefined],
    ["kubernetes:yaml/v2:ConfigGroup", undefined],
    ["kubernetes:kustomize/v2:Directory", undefined],
    ["kubernetes:index:Provider", undefined],
    ["tls:index/privateKey:PrivateKey", undefined],
  ])("%s", (token, gvk) => {
    expect(parseTypeToken(token)).toEqual(gvk);
  });

  it("tells lists of Kubernetes' own kinds from kinds that end alike", () => {
    expect(isListKind(parseKind("v1", "PodList"))).toBe(true);
    expect(isListKind(parseKind("acme.io/v1", "AllowList"))).toBe(false);
  });

  it("knows the scope of built-in kinds, Patch resources included", () => {
    expect(builtinScope(parseKind("v1", "Node"))).toBe(false);
    expect(builtinScope(parseKind("v1", "SecretPatch"))).toBe(true);
    expect(builtinScope(parseKind("acme.io/v1", "Node"))).toBeUndefined();
  });
});

describe("quantities", () => {
  // As the API server writes them, Kubernetes 1.36.
  it.each([
    ["0.1", "100m"],
    ["1000m", "1"],
    ["1.5", "1500m"],
    [2, "2"],
    ["1000", "1k"],
    ["1024Mi", "1Gi"],
    ["1536Mi", "1536Mi"],
    ["1.5Gi", "1536Mi"],
    ["512Ki", "512Ki"],
    ["64M", "64M"],
    ["0", "0"],
    ["0Mi", "0"],
    ["100n", "100n"],
    ["plenty", "plenty"],
  ])("%s is %s", (given, canonical) => {
    expect(canonicalQuantity(given)).toBe(canonical);
  });
});

describe("normal form of inputs", () => {
  it("moves a Secret's stringData into data, over what is there", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "b2xk", b: "Yg\n==" },
      stringData: { a: "new" },
    };
    expect(normalizeInputs(secret)).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "bmV3", b: "Yg==" },
    });
  });

  it("leaves inputs alone in which something is not known yet, but for read-only metadata", () => {
    const secret: PropertyMap = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", uid: "u", generation: 3 },
      stringData: { a: Unknown },
    };
    expect(normalizeInputs(secret)).toEqual({ ...secret, metadata: { name: "s" } });
  });

  it("writes quantities canonically in built-in kinds, not in the user's own data", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { labels: { limits: "1000m" }, annotations: { sizeLimit: "1000m" } },
      spec: {
        containers: [{ resources: { limits: { cpu: "1000m" }, requests: { memory: "1024Ki" } } }],
        volumes: [{ emptyDir: { sizeLimit: "2048Mi" } }],
      },
    };
    expect(normalizeInputs(pod)).toEqual({
      ...pod,
      spec: {
        containers: [{ resources: { limits: { cpu: "1" }, requests: { memory: "1Mi" } } }],
        volumes: [{ emptyDir: { sizeLimit: "2Gi" } }],
      },
    });
    const own = { apiVersion: "acme.io/v1", kind: "Pod", spec: { limits: { cpu: "1000m" } } };
    expect(normalizeInputs(own)).toEqual(own);
  });

  it("drops a CRD's status, and preserveUnknownFields when it is false", () => {
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: { preserveUnknownFields: false, group: "g" },
      status: {},
    };
    expect(normalizeInputs(crd)).toEqual({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: { group: "g" },
    });
  });

  it("translates the SDK's names in CRD schemas, both ways and at any depth", () => {
    const sdk = {
      spec: { versions: [{ schema: { x_kubernetes_preserve_unknown_fields: true } }] },
    };
    const api = {
      spec: { versions: [{ schema: { "x-kubernetes-preserve-unknown-fields": true } }] },
    };
    expect(toApi(sdk)).toEqual(api);
    expect(toSdk(api)).toEqual(sdk);
  });

  it("prunes a live object to what the inputs name, list items by their place", () => {
    const live = { a: 1, extra: 2, list: [{ x: 1, y: 2 }, { x: 3 }], map: { k: "v", other: "w" } };
    expect(pruneToShape(live, { a: 9, gone: 1, list: [{ x: 5 }], map: { k: "z" } })).toEqual({
      a: 1,
      list: [{ x: 1 }],
      map: { k: "v" },
    });
  });

  it("keeps empty inputs that the server never wrote, and loses those that went away", () => {
    const inputs = { hostNetwork: false, automount: false, name: "n" };
    expect(withLeftOut({ name: "n" }, inputs, { name: "n", automount: false })).toEqual({
      name: "n",
      hostNetwork: false,
    });
  });
});

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

describe("kubeconfig", () => {
  const yaml = `
clusters: [{name: c, cluster: {server: "https://a:6443/"}}, {name: d, cluster: {server: "https://b:6443"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: n}}, {name: y, context: {cluster: d, user: u}}]
current-context: x
`;

  it("reads YAML and JSON, and finds the context in force", async () => {
    const config = await parseKubeconfig(yaml);
    expect(connectionOf(config, {})).toMatchObject({
      cluster: { server: "https://a:6443" },
      namespace: "n",
    });
    expect(connectionOf(config, { context: "y" })).toMatchObject({
      cluster: { server: "https://b:6443" },
      namespace: "default",
    });
    const again = await parseKubeconfig(JSON.stringify(config.raw));
    expect(activeCluster(again, { cluster: "d" })).toEqual({ server: "https://b:6443" });
  });

  it("fails in client-go's words", async () => {
    const config = await parseKubeconfig(yaml);
    expect(() => connectionOf(config, { context: "z" })).toThrow('context "z" does not exist');
    await expect(parseKubeconfig("")).rejects.toThrow("kubeconfig: no mapping, got nothing");
  });
});

describe("provider arguments", () => {
  it("takes those of the SDK, booleans and settings as JSON text", () => {
    expect(
      checkConfig({
        kubeconfig: Unknown,
        clusterIdentifier: "c",
        enableServerSideApply: "true",
        kubeClientSettings: '{"qps":5,"burst":10}',
        version: "4.32.0",
      }),
    ).toEqual([]);
  });

  it.each([
    ["renderYamlToDirectory", "dir"],
    ["helmReleaseSettings", "{}"],
    ["enableServerSideApply", "false"],
    ["alwaysRender", "true"],
    ["strictMode", "true"],
  ])("refuses %s by name", (name, value) => {
    expect(checkConfig({ [name]: value })).toEqual([
      { property: name, reason: expect.stringContaining(`"${name}`) as string },
    ]);
  });
});
