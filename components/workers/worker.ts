import * as pulumi from "@pulumi/pulumi";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import type { ClusterSpec } from "../spec.ts";
import { runContainerd } from "./containerd.ts";
import { pullImages } from "./images.ts";
import { putWorkerKeys } from "./keys.ts";
import { runKubeProxy } from "./kube-proxy.ts";
import { runKubelet } from "./kubelet.ts";

export interface WorkerArgs {
  readonly spec: ClusterSpec;
  readonly host: Host;
  readonly pki: ClusterPki;
  /** URL of the API server as this node reaches it. */
  readonly apiServer: pulumi.Output<string>;
  /** What must have run before a kubelet can register: an API server. */
  readonly apiReady: readonly pulumi.Resource[];
}

/** A machine that runs pods: containerd, kubelet and kube-proxy as systemd units. */
export class Worker extends pulumi.ComponentResource {
  /** Its Node's name. */
  readonly name: string;
  /** The step that ends when the machine's kubelet is healthy, and so its Node exists. */
  readonly registered: pulumi.Resource;
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: WorkerArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:workers:Worker", name, {}, opts);
    const { host, apiReady } = args;
    this.name = host.machine.node.name;
    const keys = putWorkerKeys(args, { parent: this, dependsOn: [host.prepared] });
    const containerd = runContainerd(args, { parent: this, dependsOn: [host.fetched] });
    const images = pullImages(args, { parent: this, dependsOn: [containerd] });
    this.registered = runKubelet(args, {
      parent: this,
      dependsOn: [keys, containerd, ...apiReady],
    });
    const kubeProxy = runKubeProxy(args, {
      parent: this,
      dependsOn: [host.fetched, keys, ...apiReady],
    });
    this.ready = [this.registered, kubeProxy, images];
    this.registerOutputs({});
  }
}
