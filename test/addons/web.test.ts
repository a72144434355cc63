import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Cluster } from "../../components/cluster.ts";
import { definitionsOf } from "../../components/addons/cert-manager-crds.ts";
import { parseWaitFor } from "../../lab/plugins/kubernetes/await/wait-for.ts";
import { graphOf, isSecret, reveal, type Graph, type Registered } from "../support/graph.ts";
import { sampleCrds, sampleSpec } from "../support/sample.ts";

const graphWith = (values: Readonly<Record<string, unknown>>): Promise<Graph> =>
  graphOf(() => {
    new Cluster("test", {
      spec: sampleSpec(values),
      manifests: { "cert-manager-crds": sampleCrds },
      cloudToken: undefined,
      loginKey: undefined,
    });
  });
const full = {
  acme: { email: "ops@hardway.dev", directory: "https://ca.internal/dir" },
  demo: { host: "demo.hardway.dev" },
};
const issuerType = "kubernetes:cert-manager.io/v1:ClusterIssuer";
const certificateType = "kubernetes:cert-manager.io/v1:Certificate";
const daemonSet = "kubernetes:apps/v1:DaemonSet";
const deployment = "kubernetes:apps/v1:Deployment";

/** As much of a pod as these tests look at. */
interface Pod {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly {
    readonly args?: readonly string[];
    readonly ports?: readonly { readonly hostPort?: number }[];
    readonly resources: { readonly requests: unknown; readonly limits: { memory?: string } };
    readonly securityContext: { capabilities: { drop: string[]; add?: string[] } };
  }[];
}
const podOf = ({ inputs }: Registered): Pod =>
  (inputs["spec"] as { template: { spec: Pod } }).template.spec;
const annotationsOf = ({ inputs }: Registered) =>
  (inputs["metadata"] as { annotations?: Record<string, string> }).annotations ?? {};
const argsOf = (workload: Registered) =>
  podOf(workload).containers.flatMap(({ args = [] }) => args);
const specOf = ({ inputs }: Registered) => inputs["spec"] as Readonly<Record<string, unknown>>;

describe("a page over HTTPS", { timeout: 30_000 }, () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphWith(full);
  }, 30_000);

  it("checks kubelets and is checked: no insecure TLS for metrics", () => {
    const args = argsOf(graph.one(deployment, "metrics-server")).join(" ");
    expect(args).toContain("--kubelet-certificate-authority=");
    expect(args).not.toContain("insecure");
    const api = graph.one("kubernetes:apiregistration.k8s.io/v1:APIService", "metrics-server");
    const { caBundle, ...spec } = specOf(api);
    expect(Buffer.from(String(caBundle), "base64").toString()).toContain("metrics-server-ca");
    expect(spec).not.toHaveProperty("insecureSkipTLSVerify");
    expect(annotationsOf(api)["pulumi.com/waitFor"]).toBe("condition=Available");
    const request = graph.one("tls:index/certRequest:CertRequest", "metrics-server").inputs;
    expect(request["dnsNames"]).toEqual(["metrics-server.kube-system.svc"]);
  });

  it("keeps the key of metrics-server secret", () => {
    const { inputs } = graph.one("kubernetes:core/v1:Secret", "metrics-server-serving");
    expect(
      isSecret(inputs["data"]) ||
        isSecret((inputs["data"] as object & { "tls.key": unknown })["tls.key"]),
    ).toBe(true);
    expect(JSON.stringify(reveal(inputs["data"]))).not.toContain("PRIVATE KEY");
  });

  it("has ports 80 and 443 on every worker, and never two pods that want them", () => {
    const controller = graph.one(daemonSet, "nginx-ingress");
    const ports = podOf(controller).containers.flatMap(({ ports = [] }) => ports);
    expect(ports.map(({ hostPort }) => hostPort).filter(Boolean)).toEqual([80, 443]);
    expect(specOf(controller)).toMatchObject({
      updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
  });

  it("turns off what NGINX does unasked", () => {
    expect(argsOf(graph.one(daemonSet, "nginx-ingress"))).toEqual(
      expect.arrayContaining([
        "-enable-telemetry-reporting=false",
        "-enable-snippets=false",
        "-enable-custom-resources=false",
      ]),
    );
  });

  it("speaks HTTP/2 behind NGINX, and needs no IPv6 of the host", () => {
    const settings = graph.one("kubernetes:core/v1:ConfigMap", "nginx-ingress").inputs["data"];
    expect(settings).toMatchObject({ http2: "true" });
    expect(argsOf(graph.one(daemonSet, "nginx-ingress"))).toContain("-disable-ipv6=true");
  });

  it("is in namespaces that nobody else has, and that say whose they are", () => {
    const names = graph.ofType("kubernetes:core/v1:Namespace").map(({ inputs }) => {
      const { name, labels } = inputs["metadata"] as Record<string, Record<string, string>>;
      expect(labels).toMatchObject({ "app.kubernetes.io/managed-by": "hardway" });
      return name;
    });
    expect(names.sort()).toEqual([
      "cert-manager",
      "hardway-demo",
      "hardway-ingress",
      "kube-flannel",
    ]);
  });

  it("gives up ports and host before it moves to another namespace", () => {
    const ingress = graph.one("kubernetes:networking.k8s.io/v1:Ingress", "demo");
    for (const { opts } of [ingress, graph.one(daemonSet, "nginx-ingress")]) {
      expect(opts.deleteBeforeReplace).toBe(true);
    }
  });

  it("sets no authority at the webhooks, which the cainjector writes, but waits for it", () => {
    for (const kind of ["Validating", "Mutating"]) {
      const type = `kubernetes:admissionregistration.k8s.io/v1:${kind}WebhookConfiguration`;
      const webhook = graph.one(type, "cert-manager-webhook");
      expect(JSON.stringify(webhook.inputs["webhooks"])).not.toContain("caBundle");
      expect(annotationsOf(webhook)["pulumi.com/waitFor"]).toContain("clientConfig.caBundle");
    }
  });

  it("makes the issuer once a certificate of cert-manager's own has passed the webhook", () => {
    expect(specOf(graph.one(issuerType, "acme"))).toEqual({
      acme: {
        email: "ops@hardway.dev",
        server: "https://ca.internal/dir",
        privateKeySecretRef: { name: "acme-account-key" },
        solvers: [{ http01: { ingress: { class: "nginx", serviceType: "ClusterIP" } } }],
      },
    });
    const probe = graph.one(certificateType, "cert-manager-probe");
    expect(annotationsOf(probe)["pulumi.com/waitFor"]).toBe("condition=Ready");
    const asked = graph.one(
      "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
      "cert-manager-webhook",
    );
    // its request is not kept from this webhook, as its own creation is from the other
    expect(JSON.stringify(asked.inputs["webhooks"])).not.toContain("namespaceSelector");
    const home = graph.one("kubernetes:core/v1:Namespace", "cert-manager");
    expect(home.inputs["metadata"]).toMatchObject({
      labels: { "cert-manager.io/disable-validation": "true" },
    });
  });

  it("answers challenges at the Ingress itself, with a certificate from the start, at renewal too", () => {
    const certificate = graph.one(certificateType, "demo");
    expect(annotationsOf(certificate)).toMatchObject({
      "acme.cert-manager.io/http01-override-ingress-name": "demo",
      "cert-manager.io/issue-temporary-certificate": "true",
    });
    const spec = specOf(certificate);
    expect(spec["dnsNames"]).toEqual(["demo.hardway.dev"]);
    expect(Object.keys(spec)).not.toEqual(expect.arrayContaining(["renewBefore"]));
    expect(Object.keys(spec)).not.toEqual(expect.arrayContaining(["duration"]));
    const ingress = graph.one("kubernetes:networking.k8s.io/v1:Ingress", "demo");
    expect(annotationsOf(ingress)["pulumi.com/patchForce"]).toBe("true");
    expect(specOf(ingress)).toMatchObject({
      ingressClassName: "nginx",
      tls: [{ hosts: ["demo.hardway.dev"], secretName: spec["secretName"] }],
    });
  });

  it("waits for the signed certificate: not the temporary one, nor the one of before", () => {
    const annotation = annotationsOf(graph.one(certificateType, "demo"))["pulumi.com/waitFor"];
    const isDone = parseWaitFor(annotation ?? "");
    const ready = { type: "Ready", status: "True" };
    const done = (status: { revision?: number; conditions: object[] }) =>
      isDone({ metadata: { generation: 1 }, spec: { dnsNames: ["a"] }, status } as never).isReady;
    expect(done({ conditions: [ready] })).toBe(false);
    for (const status of ["True", "False"]) {
      expect(done({ revision: 1, conditions: [{ type: "Issuing", status }, ready] })).toBe(false);
    }
    expect(done({ revision: 1, conditions: [ready] })).toBe(true);
  });

  it("asks another pod when one does not answer", async () => {
    const nginx = graph.one("kubernetes:core/v1:ConfigMap", "nginx-ingress");
    expect(nginx.inputs["data"]).toMatchObject({ "proxy-connect-timeout": "1s" });
    const other = await graphWith({ ...full, ingress: { controller: "traefik" } });
    const args = argsOf(other.one(daemonSet, "traefik"));
    expect(args).toContain("--entrypoints.websecure.http.middlewares=retry@file");
    expect(args).toContain("--serverstransport.forwardingtimeouts.dialtimeout=1s");
    const files = other.one("kubernetes:core/v1:ConfigMap", "traefik").inputs["data"];
    expect(parse((files as Record<string, string>)["middlewares.yaml"] ?? "")).toEqual({
      http: { middlewares: { retry: { retry: { attempts: 3 } } } },
    });
  });

  it("runs every pod without privileges, with memory limits", () => {
    const own = graph.resources.filter(
      ({ type, name }) => [daemonSet, deployment].includes(type) && name !== "flannel",
    );
    expect(own.map(({ name }) => name).sort()).toEqual([
      "cert-manager",
      "cert-manager-cainjector",
      "cert-manager-webhook",
      "coredns",
      "demo",
      "metrics-server",
      "nginx-ingress",
    ]);
    for (const workload of own) {
      const { securityContext, containers } = podOf(workload);
      expect(securityContext, workload.name).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of containers) {
        expect(container.securityContext, workload.name).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
        });
        const { drop, add = [] } = container.securityContext.capabilities;
        expect(drop).toEqual(["ALL"]);
        expect(["NET_BIND_SERVICE", ...add]).toEqual(expect.arrayContaining(add));
        expect(container.resources.limits.memory, workload.name).toMatch(/^\d+Mi$/);
        expect(container.resources.requests).toHaveProperty("memory");
      }
    }
  });
});

describe("a choice", { timeout: 60_000 }, () => {
  it("of traefik changes the controller and its class, and nothing else", async () => {
    const traefik = await graphWith({ ...full, ingress: { controller: "traefik" } });
    expect(traefik.ofType(daemonSet).map(({ name }) => name)).toEqual(["flannel", "traefik"]);
    expect(JSON.stringify(specOf(traefik.one(issuerType, "acme")))).toContain('"class":"traefik"');
    expect(argsOf(traefik.one(daemonSet, "traefik"))).toContain(
      "--entrypoints.web.http.redirections.entrypoint.to=:443",
    );
  });

  it("of nothing leaves a cluster without add-ons", async () => {
    const off = { enabled: false };
    const bare = await graphWith({
      addons: { flannel: off, coredns: off, metricsServer: off, certManager: off },
      ingress: off,
    });
    const names = bare.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(names.map(({ name }) => name)).toEqual([
      "node-removal",
      "node-removal",
      "kubelet-access",
    ]);
  });

  it("of no issuer leaves cert-manager without one, and no page", async () => {
    const graph = await graphWith({});
    expect(graph.ofType(issuerType)).toEqual([]);
    expect(graph.ofType(certificateType).map(({ name }) => name)).toEqual(["cert-manager-probe"]);
    expect(graph.one(deployment, "cert-manager")).toBeDefined();
  });
});

describe("a release file's kinds", () => {
  it("lose their descriptions but no property that is called so", () => {
    const [first, ...more] = definitionsOf(sampleCrds);
    expect(more).toHaveLength(1);
    const text = JSON.stringify(first);
    expect(text).not.toContain("A thing.");
    expect(text).not.toContain("What it is.");
    expect(text).toContain('"description":{"type":"string"}');
    expect(text).toContain('"x-kubernetes-preserve-unknown-fields":true');
  });

  it("are kinds and nothing else", () => {
    expect(() =>
      definitionsOf("kind: Secret\napiVersion: v1\nmetadata: { name: x }\nspec: {}\n"),
    ).toThrow();
  });
});
