import { DaemonSet } from "@pulumi/kubernetes/apps/v1/daemonSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../facts/artifacts.ts";
import { readAsset } from "../lib/assets.ts";
import { sha256 } from "../lib/hash.ts";
import { localApiServer } from "../facts/local-api.ts";
import { renderAsset } from "../lib/render.ts";
import { grantInCluster, read } from "./access.ts";
import { withKubelet, type AddonArgs } from "./addon.ts";

const namespace = "kube-flannel";
const labels = { app: "flannel" };
const api = new URL(localApiServer);

export interface FlannelArgs extends AddonArgs {
  /** The group of flanneld on the control-plane machines, which have no service account. */
  readonly controlPlaneGroup: string;
}

/**
 * flannel on the workers: the pod network, as VXLAN over the machines' private network.
 * @see https://github.com/flannel-io/flannel/blob/master/Documentation/kubernetes.md
 */
export class Flannel extends pulumi.ComponentResource {
  /** flannel's rights in the API: what flanneld on the control-plane machines waits for. */
  readonly access: readonly pulumi.Resource[];
  /** Pods on different workers reach each other. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: FlannelArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:Flannel", name, {}, opts);
    const { spec, namespaces, after, controlPlaneGroup } = args;
    const child = { parent: this };
    const home = namespaces.create(
      name,
      // It configures the host's network, which the stricter profiles forbid.
      { title: namespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      child,
    );
    const inside = { parent: this, dependsOn: [home] };
    const account = new ServiceAccount(
      name,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      inside,
    );
    this.access = grantAccess(name, controlPlaneGroup, child);
    const files = {
      "cni-conf.json": readAsset("config/cni-conflist.json"),
      "net-conf.json": renderAsset("config/net-conf.json", { podCidr: spec.network.podCidr }),
    };
    const config = new ConfigMap(
      name,
      { metadata: { name: "kube-flannel-cfg", namespace, labels }, data: files },
      inside,
    );
    this.ready = new DaemonSet(
      name,
      {
        metadata: { name: "kube-flannel-ds", namespace, labels },
        spec: {
          selector: { matchLabels: labels },
          template: {
            // flannel reads its files once, when it starts.
            metadata: {
              labels,
              annotations: { "hardway.dev/config-sha256": sha256(JSON.stringify(files)) },
            },
            spec: podSpec(args),
          },
        },
      },
      { parent: this, dependsOn: [account, config, ...this.access, ...after] },
    );
  }
}

function grantAccess(
  name: string,
  controlPlaneGroup: string,
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const rules = [
    { apiGroups: [""], resources: ["nodes"], verbs: read },
    { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
  ];
  return grantInCluster(
    name,
    { to: [{ name, namespace }, { group: controlPlaneGroup }], rules },
    child,
  );
}

function podSpec({ spec }: FlannelArgs) {
  const { images } = spec.artifacts;
  const hostPath = (name: string, path: string, type: string) => ({
    name,
    hostPath: { path, type },
  });
  return {
    hostNetwork: true,
    priorityClassName: "system-node-critical",
    serviceAccountName: "flannel",
    automountServiceAccountToken: true,
    nodeSelector: withKubelet,
    // The node is not ready, and cannot become so, before this runs.
    tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
    initContainers: [
      {
        name: "install-cni-plugin",
        image: imageNamed(images, "flannel-cni-plugin"),
        command: ["cp", "-f", "/flannel", "/opt/cni/bin/flannel"],
        volumeMounts: [{ name: "cni-plugins", mountPath: "/opt/cni/bin" }],
      },
    ],
    containers: [
      {
        name: "flannel",
        image: imageNamed(images, "flannel"),
        command: ["/opt/bin/flanneld"],
        args: [
          "--kube-subnet-mgr",
          "--ip-masq",
          "--iface=$(NODE_IP)",
          "--healthz-ip=127.0.0.1",
          "--healthz-port=8081",
        ],
        env: [
          { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
          { name: "NODE_IP", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
          { name: "GOMEMLIMIT", value: "40MiB" },
          // By the machine's balancer, as its other daemons: the Service leads to a lost control-plane machine for a while.
          { name: "KUBERNETES_SERVICE_HOST", value: api.hostname },
          { name: "KUBERNETES_SERVICE_PORT", value: api.port },
        ],
        // It counts as started, and so as ready, when this has ended: pods have a network then.
        lifecycle: {
          postStart: {
            exec: { command: ["/bin/sh", "-c", readAsset("scripts/write-cni-config.sh")] },
          },
        },
        livenessProbe: {
          httpGet: { host: "127.0.0.1", path: "/healthz", port: 8081 },
          initialDelaySeconds: 30,
          periodSeconds: 10,
        },
        resources: { requests: { cpu: "20m", memory: "24Mi" }, limits: { memory: "100Mi" } },
        securityContext: {
          privileged: false,
          capabilities: { add: ["NET_ADMIN", "NET_RAW"] },
        },
        volumeMounts: [
          { name: "run", mountPath: "/run/flannel" },
          { name: "config", mountPath: "/etc/kube-flannel" },
          { name: "cni-config", mountPath: "/etc/cni/net.d" },
          { name: "xtables-lock", mountPath: "/run/xtables.lock" },
        ],
      },
    ],
    volumes: [
      hostPath("run", "/run/flannel", "DirectoryOrCreate"),
      hostPath("cni-plugins", "/opt/cni/bin", "DirectoryOrCreate"),
      hostPath("cni-config", "/etc/cni/net.d", "DirectoryOrCreate"),
      hostPath("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
      { name: "config", configMap: { name: "kube-flannel-cfg" } },
    ],
  };
}
