import * as pulumi from "@pulumi/pulumi";
import { runBalancer } from "./balancer.ts";
import { forgetBootstrap, prepareBootstrap } from "./bootstrap.ts";
import { runContainerd } from "./containerd.ts";
import { pullImages } from "./images.ts";
import { putWorkerKeys } from "./keys.ts";
import { runKubeProxy } from "./kube-proxy.ts";
import { runKubelet } from "./kubelet.ts";
import { matchPodRange } from "./pod-range.ts";
import { keepPacketFilter } from "./packet-filter.ts";
import type { WorkerArgs } from "./worker-args.ts";

/** A machine that runs pods: containerd, kubelet, kube-proxy and a balancer of the API as systemd units. */
export class Worker extends pulumi.ComponentResource {
  /** Its Node's name. */
  readonly name: string;
  /** The step that ends when the machine's kubelet is healthy, and so its Node exists. */
  readonly registered: pulumi.Resource;
  /** The steps that end when all its services are healthy. */
  readonly healthy: readonly pulumi.Resource[];

  constructor(name: string, args: WorkerArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:workers:Worker", name, {}, opts);
    const { host, apiReady, after } = args;
    this.name = host.machine.node.name;
    const keys = putWorkerKeys(args, { parent: this, dependsOn: [host.prepared] });
    const balancer = runBalancer(args, { parent: this, dependsOn: [keys, ...after] });
    const containerd = runContainerd(args, {
      parent: this,
      dependsOn: [host.fetched, ...after],
    });
    pullImages(args, { parent: this, dependsOn: [containerd] });
    const before = [keys, balancer, containerd, ...apiReady, ...after];
    const bootstrap = prepareBootstrap(args, { parent: this, dependsOn: before });
    const kubelet = runKubelet(args, { parent: this, dependsOn: [...before, ...bootstrap] });
    this.registered = matchPodRange(args, kubelet, { parent: this });
    forgetBootstrap(args, { parent: this, dependsOn: [this.registered] });
    const kubeProxy = runKubeProxy(args, {
      parent: this,
      // It waits for the Node, but not for ever: it starts when kubelet does.
      dependsOn: [host.fetched, keys, balancer, ...apiReady, ...bootstrap, ...after],
    });
    keepPacketFilter(args, { parent: this, dependsOn: [host.prepared] });
    this.healthy = [this.registered, kubeProxy];
  }
}
