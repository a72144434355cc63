import { APIService } from "@pulumi/kubernetes/apiregistration/v1/apiservice.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../facts/artifacts.ts";
import { sha256 } from "../lib/hash.ts";
import type { MetricsKeys } from "../pki/cluster-pki.ts";
import { bindInCluster, grantInCluster, read } from "./access.ts";
import { restrictedContainer, restrictedPod, type AddonArgs } from "./addon.ts";

const namespace = "kube-system";
const labels = { "k8s-app": "metrics-server" };
const user = 65534;

export interface MetricsServerArgs extends AddonArgs {
  readonly keys: MetricsKeys;
}

/**
 * What nodes and pods use, for `kubectl top` and autoscalers. It checks kubelets' certificates, and the API server
 * checks its own.
 * @see https://github.com/kubernetes-sigs/metrics-server
 */
export class MetricsServer extends pulumi.ComponentResource {
  /** The API server has the API of metrics. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: MetricsServerArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:MetricsServer", name, {}, opts);
    const { keys, after } = args;
    const child = { parent: this };
    const account = new ServiceAccount(name, { metadata: { name, namespace } }, child);
    const access = grantAccess(name, child);
    const kubeletCa = new ConfigMap(
      `${name}-kubelet-ca`,
      {
        metadata: { name: `${name}-kubelet-ca`, namespace },
        data: { "ca.crt": keys.kubeletTrustBundle },
      },
      child,
    );
    const serving = new Secret(
      `${name}-serving`,
      {
        metadata: { name: `${name}-serving`, namespace },
        type: "kubernetes.io/tls",
        data: { "tls.crt": base64(keys.serving.certPem), "tls.key": base64(keys.serving.keyPem) },
      },
      child,
    );
    const service = new Service(
      name,
      {
        metadata: {
          name,
          namespace,
          labels,
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: "https" }] },
      },
      child,
    );
    const deployment = new Deployment(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: {
            // Its own certificate is read again when it changes; the kubelets' authority is not.
            metadata: {
              labels,
              annotations: {
                "hardway.dev/kubelet-ca-sha256": keys.kubeletTrustBundle.apply(sha256),
              },
            },
            spec: podSpec(name, args),
          },
        },
      },
      { parent: this, dependsOn: [account, kubeletCa, serving, ...access, ...after] },
    );
    this.ready = new APIService(
      name,
      {
        metadata: {
          name: "v1beta1.metrics.k8s.io",
          labels,
          annotations: { "pulumi.com/waitFor": "condition=Available" },
        },
        spec: {
          group: "metrics.k8s.io",
          version: "v1beta1",
          groupPriorityMinimum: 100,
          versionPriority: 100,
          caBundle: base64(keys.trustBundle),
          service: { name, namespace },
        },
      },
      { parent: this, dependsOn: [deployment, service] },
    );
  }
}

const base64 = (text: pulumi.Output<string>) =>
  text.apply((plain) => Buffer.from(plain).toString("base64"));

function grantAccess(name: string, child: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const account = { name, namespace };
  const reader = new RoleBinding(
    `${name}-auth-reader`,
    {
      metadata: { name: `${name}-auth-reader`, namespace },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "Role",
        name: "extension-apiserver-authentication-reader",
      },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
    child,
  );
  return [
    reader,
    ...bindInCluster(
      "metrics-server:system:auth-delegator",
      { to: [account], role: "system:auth-delegator" },
      child,
    ),
    ...grantInCluster(
      "system:metrics-server",
      {
        to: [account],
        rules: [
          { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
          { apiGroups: [""], resources: ["pods", "nodes"], verbs: read },
        ],
      },
      child,
    ),
  ];
}

function podSpec(name: string, { spec }: MetricsServerArgs) {
  return {
    priorityClassName: "system-cluster-critical",
    serviceAccountName: name,
    securityContext: { ...restrictedPod(user), fsGroup: user },
    containers: [
      {
        name,
        image: imageNamed(spec.artifacts.images, "metrics-server"),
        args: [
          "--secure-port=10250",
          "--cert-dir=/tmp",
          "--tls-cert-file=/etc/metrics-server/serving/tls.crt",
          "--tls-private-key-file=/etc/metrics-server/serving/tls.key",
          "--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt",
          "--kubelet-preferred-address-types=InternalIP",
          "--kubelet-use-node-status-port",
          // The control plane's Nodes have no kubelet.
          "--node-selector=!node-role.kubernetes.io/control-plane",
          "--metric-resolution=15s",
        ],
        ports: [{ name: "https", containerPort: 10250 }],
        env: [{ name: "GOMEMLIMIT", value: "72MiB" }],
        readinessProbe: {
          httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
          periodSeconds: 2,
          failureThreshold: 3,
        },
        livenessProbe: {
          httpGet: { path: "/livez", port: "https", scheme: "HTTPS" },
          initialDelaySeconds: 30,
          periodSeconds: 10,
          failureThreshold: 3,
        },
        resources: { requests: { cpu: "20m", memory: "40Mi" }, limits: { memory: "96Mi" } },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: "serving", mountPath: "/etc/metrics-server/serving", readOnly: true },
          { name: "kubelet-ca", mountPath: "/etc/metrics-server/kubelet-ca", readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      // Readable for its own group only, which is the pod's.
      { name: "serving", secret: { secretName: `${name}-serving`, defaultMode: 0o440 } },
      { name: "kubelet-ca", configMap: { name: `${name}-kubelet-ca` } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}
