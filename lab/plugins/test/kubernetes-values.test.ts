import { describe, expect, it } from "vitest";
import { builtinScope, isListKind, parseKind, parseTypeToken } from "../kubernetes/kinds.ts";
import {
  normalizeInputs,
  pruneToShape,
  toApi,
  toSdk,
  withLeftOut,
} from "../kubernetes/normalize.ts";
import { canonicalQuantity } from "../kubernetes/quantity.ts";
import { Unknown, type PropertyMap } from "../lib/values.ts";

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
