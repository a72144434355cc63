import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../facts/artifacts.ts";
import { readAsset } from "../lib/assets.ts";
import { sha256 } from "../lib/hash.ts";
import type { ClusterName } from "../providers/machine.ts";
import { restrictedContainer, restrictedPod, withKubelet, type AddonArgs } from "./addon.ts";
import { explainWait, notTrue } from "./explain.ts";

const namespace = "hardway-demo";
const user = 65532;

/** The revision of a Certificate that is not being issued, nor has failed to be. */
const signed = "jsonpath={$[?(@.revision && !@.conditions[?(@.type=='Issuing')])].revision}";

export interface DemoArgs extends AddonArgs {
  readonly host: string;
  /** The host, whose record a certificate authority looks for; undefined where it is the user's to make. */
  readonly servedName: ClusterName | undefined;
  /** Secret. The cluster admin's. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Class of its Ingress. */
  readonly ingressClass: string;
  /** The ClusterIssuer that signs its certificate. */
  readonly issuer: { readonly name: string; readonly ready: pulumi.Resource };
}

/** A page behind HTTPS that shows what answered: the proof that everything before it works. */
export class Demo extends pulumi.ComponentResource {
  /** Pods run and the certificate is there. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: DemoArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:Demo", name, {}, opts);
    const child = { parent: this };
    const home = args.namespaces.create(
      name,
      { title: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      child,
    );
    const inside = { parent: this, dependsOn: [home] };
    const server = this.#runServer(name, args, inside);
    const ingress = createIngress(name, args, inside);
    const certificate = createCertificate(name, args, {
      parent: this,
      // An authority that finds no record refuses for good, and counts it.
      dependsOn: [home, ingress, args.issuer.ready, ...(args.servedName?.records ?? [])],
    });
    explainCertificate(certificate, args);
    this.ready = [server, certificate];
    this.registerOutputs({ url: `https://${args.host}` });
  }

  #runServer(name: string, args: DemoArgs, inside: pulumi.CustomResourceOptions): pulumi.Resource {
    const labels = { app: name };
    const files = Object.fromEntries(
      ["Caddyfile", "index.html", "api.json"].map((file) => [file, readAsset(`demo/${file}`)]),
    );
    const metadata = { name, namespace };
    const config = new ConfigMap(name, { metadata, data: files }, inside);
    new Service(
      name,
      {
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      inside,
    );
    new PodDisruptionBudget(
      name,
      // With `minAvailable` the last pod of a single worker could never be evicted.
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      inside,
    );
    return new Deployment(
      name,
      {
        metadata: { ...metadata, labels },
        spec: {
          replicas: Math.min(2, args.spec.workers.nodes.length),
          // A new pod answers before an old one goes.
          strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          selector: { matchLabels: labels },
          template: {
            metadata: {
              labels,
              annotations: { "hardway.dev/files-sha256": sha256(JSON.stringify(files)) },
            },
            spec: podSpec(name, args),
          },
        },
      },
      { parent: this, dependsOn: [config, ...args.after] },
    );
  }
}

function createIngress(
  name: string,
  { host, ingressClass }: DemoArgs,
  inside: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new Ingress(
    name,
    {
      metadata: {
        name,
        namespace,
        annotations: {
          // No load balancer ever writes an address into its status.
          "pulumi.com/skipAwait": "true",
          // While a challenge is answered cert-manager edits the rules, and is their owner from then on.
          "pulumi.com/patchForce": "true",
        },
      },
      spec: {
        ingressClassName: ingressClass,
        tls: [{ hosts: [host], secretName: `${name}-tls` }],
        rules: [
          {
            host,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name, port: { name: "http" } } },
                },
              ],
            },
          },
        ],
      },
    },
    // The host of another Ingress, in another namespace too, is refused.
    { ...inside, deleteBeforeReplace: true },
  );
}

function createCertificate(
  name: string,
  { host, servedName, issuer }: DemoArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new CustomResource(
    name,
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: {
        name,
        namespace,
        annotations: {
          // With the temporary certificate it is ready too: one must have been signed, and none be on its way.
          "pulumi.com/waitFor": JSON.stringify(["condition=Ready", signed]),
          "pulumi.com/timeoutSeconds": "120",
          // The challenge is answered by a path of our own Ingress: NGINX gives a host to one Ingress only, and refuses another.
          "acme.cert-manager.io/http01-override-ingress-name": name,
          // Port 80 sends the challenge to HTTPS, where there must be a certificate, whoever signed it.
          "cert-manager.io/issue-temporary-certificate": "true",
        },
      },
      spec: {
        secretName: `${name}-tls`,
        dnsNames: [servedName?.served ?? host],
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuer.name },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        // No fixed times of renewal: after two thirds of whatever lifetime the authority gives.
      },
    },
    opts,
  );
}

/** A host that does not lead here keeps its challenge waiting, or has it refused: only the challenge and its order say so. */
function explainCertificate(
  certificate: pulumi.Resource,
  { host, issuer, kubeconfig }: DemoArgs,
): void {
  const acme = `/apis/acme.cert-manager.io/v1/namespaces/${namespace}`;
  explainWait(certificate, {
    what: `certificate for ${host}`,
    after: issuer.ready,
    kubeconfig,
    sources: [
      [`${acme}/challenges`, ({ status }) => [status?.reason]],
      [`${acme}/orders`, ({ status }) => [status?.reason]],
      [`/apis/cert-manager.io/v1/namespaces/${namespace}/certificates`, notTrue("Issuing")],
    ],
  });
}

function podSpec(name: string, { spec }: DemoArgs) {
  const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod(user),
    // The spread counts the nodes that a pod may run on: with the control plane's, no worker could have a second pod.
    nodeSelector: withKubelet,
    // On different workers, each revision by itself.
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app: name } },
        matchLabelKeys: ["pod-template-hash"],
      },
    ],
    containers: [
      {
        name: "web",
        image: imageNamed(spec.artifacts.images, "caddy"),
        command: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
        ports: [{ name: "http", containerPort: 8080 }],
        env: [
          { name: "POD_NAME", ...field("metadata.name") },
          { name: "POD_IP", ...field("status.podIP") },
          { name: "NODE_NAME", ...field("spec.nodeName") },
          { name: "CLUSTER_NAME", value: spec.clusterName },
          { name: "KUBERNETES_VERSION", value: spec.versions.kubernetes },
          { name: "POD_CIDR", value: spec.network.podCidr },
          { name: "XDG_CONFIG_HOME", value: "/tmp" },
          { name: "XDG_DATA_HOME", value: "/tmp" },
          { name: "GOMEMLIMIT", value: "48MiB" },
        ],
        // Others must have noticed that this pod goes before it stops answering.
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        readinessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 2 },
        livenessProbe: {
          httpGet: { path: "/healthz", port: "http" },
          initialDelaySeconds: 20,
          periodSeconds: 10,
        },
        resources: {
          requests: { cpu: "25m", memory: "24Mi" },
          limits: { cpu: "500m", memory: "64Mi" },
        },
        securityContext: {
          ...restrictedContainer,
          // The program has this as a file capability, and cannot start where it is forbidden.
          capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        },
        volumeMounts: [
          { name: "files", mountPath: "/etc/caddy/Caddyfile", subPath: "Caddyfile" },
          { name: "files", mountPath: "/srv/index.html", subPath: "index.html" },
          { name: "files", mountPath: "/srv/api.json", subPath: "api.json" },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "files", configMap: { name } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}
