import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../facts/artifacts.ts";
import { sha256 } from "../lib/hash.ts";
import { renderAsset } from "../lib/render.ts";
import { restrictedContainer, restrictedPod, withKubelet, type AddonArgs } from "./addon.ts";

const namespace = "kube-system";
const labels = { "k8s-app": "kube-dns" };
const user = 65532;

/**
 * Names inside the cluster: CoreDNS behind the Service `kube-dns`, at the 10th Service address.
 * @see https://coredns.io/plugins/kubernetes/
 */
export class CoreDns extends pulumi.ComponentResource {
  /** Names are answered. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: AddonArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:CoreDns", name, {}, opts);
    const { spec, after } = args;
    const child = { parent: this };
    const corefile = renderAsset("config/Corefile", { clusterDomain: spec.network.clusterDomain });
    const account = new ServiceAccount(name, { metadata: { name, namespace } }, child);
    const access = grantAccess(name, child);
    const config = new ConfigMap(
      name,
      { metadata: { name, namespace }, data: { Corefile: corefile } },
      child,
    );
    const service = new Service(
      name,
      {
        // The name that everybody expects; pulumi need not wait here, the Deployment below tells when it works.
        metadata: {
          name: "kube-dns",
          namespace,
          labels: { ...labels, "kubernetes.io/name": "CoreDNS" },
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          selector: labels,
          clusterIP: spec.network.dnsServiceIp,
          ports: [
            { name: "dns", port: 53, targetPort: "dns", protocol: "UDP" },
            { name: "dns-tcp", port: 53, targetPort: "dns-tcp", protocol: "TCP" },
            { name: "metrics", port: 9153, targetPort: "metrics", protocol: "TCP" },
          ],
        },
      },
      child,
    );
    new PodDisruptionBudget(
      name,
      {
        metadata: { name, namespace, labels },
        spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
      },
      child,
    );
    this.ready = new Deployment(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          replicas: spec.addons.coredns.replicas,
          // One a worker: a new one finds room only when an old one has gone.
          strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
          selector: { matchLabels: labels },
          template: {
            // CoreDNS reads its file again by itself, but only after a minute or two.
            metadata: { labels, annotations: { "hardway.dev/corefile-sha256": sha256(corefile) } },
            spec: podSpec(args),
          },
        },
      },
      { parent: this, dependsOn: [account, config, service, ...access, ...after] },
    );
  }
}

function grantAccess(name: string, child: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const roleName = "system:coredns";
  const role = new ClusterRole(
    name,
    {
      metadata: { name: roleName },
      rules: [
        {
          apiGroups: [""],
          resources: ["services", "pods", "namespaces"],
          verbs: ["list", "watch"],
        },
        {
          apiGroups: ["discovery.k8s.io"],
          resources: ["endpointslices"],
          verbs: ["list", "watch"],
        },
      ],
    },
    child,
  );
  const binding = new ClusterRoleBinding(
    name,
    {
      metadata: { name: roleName },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
    child,
  );
  return [role, binding];
}

function podSpec({ spec }: AddonArgs) {
  return {
    priorityClassName: "system-cluster-critical",
    serviceAccountName: "coredns",
    // The node's resolver, not itself.
    dnsPolicy: "Default",
    securityContext: restrictedPod(user),
    tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
    // The spread counts the nodes that a pod may run on: the control plane's would keep every worker at one pod.
    nodeSelector: withKubelet,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: labels },
      },
    ],
    containers: [
      {
        name: "coredns",
        image: imageNamed(spec.artifacts.images, "coredns"),
        args: ["-conf", "/etc/coredns/Corefile"],
        ports: [
          { name: "dns", containerPort: 1053, protocol: "UDP" },
          { name: "dns-tcp", containerPort: 1053, protocol: "TCP" },
          { name: "metrics", containerPort: 9153, protocol: "TCP" },
        ],
        env: [{ name: "GOMEMLIMIT", value: "100MiB" }],
        readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
        livenessProbe: {
          httpGet: { path: "/health", port: 8080 },
          initialDelaySeconds: 30,
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 5,
        },
        resources: { requests: { cpu: "50m", memory: "30Mi" }, limits: { memory: "128Mi" } },
        securityContext: restrictedContainer,
        volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
      },
    ],
    volumes: [{ name: "config", configMap: { name: "coredns" } }],
  };
}
