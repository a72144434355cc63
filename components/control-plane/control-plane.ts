import * as pulumi from "@pulumi/pulumi";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { Host } from "../remote/host.ts";
import type { ClusterSpec } from "../spec.ts";
import { runApiServer } from "./api-server.ts";
import { runControllerManager } from "./controller-manager.ts";
import { putControlPlaneKeys } from "./keys.ts";
import { runScheduler } from "./scheduler.ts";

export interface ControlPlaneArgs {
  readonly spec: ClusterSpec;
  readonly hosts: readonly Host[];
  readonly pki: ClusterPki;
  /** `https://<address>:2379` of every etcd member, comma-separated. */
  readonly etcdServers: pulumi.Output<string>;
  /** What must have run before an API server can start: the etcd members. */
  readonly etcdReady: readonly pulumi.Resource[];
}

/** What is needed to run one service of the control plane on one machine. */
export interface ControlPlaneService extends ControlPlaneArgs {
  readonly host: Host;
}

/**
 * kube-apiserver, kube-controller-manager and kube-scheduler as systemd units on every control-plane machine.
 * There is no kubelet and no container here.
 */
export class ControlPlane extends pulumi.ComponentResource {
  /** `https://<private address>:6443` of every API server: what the nodes use. */
  readonly internalEndpoints: readonly pulumi.Output<string>[];
  /** `https://<public address>:6443` of every API server: what the operator uses. */
  readonly publicEndpoints: readonly pulumi.Output<string>[];
  /** The steps that end when the API servers answer. */
  readonly apiReady: readonly pulumi.Resource[];
  /** The steps that end when the controller managers and schedulers are healthy too. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ControlPlaneArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:ControlPlane", name, {}, opts);
    const machines = args.hosts.map((host) => host.machine);
    this.internalEndpoints = machines.map((it) => pulumi.interpolate`https://${it.privateIp}:6443`);
    this.publicEndpoints = machines.map((it) => pulumi.interpolate`https://${it.publicIp}:6443`);

    const services = args.hosts.map((host) => {
      const service: ControlPlaneService = { ...args, host };
      const keys = putControlPlaneKeys(service, { parent: this, dependsOn: [host.prepared] });
      const apiServer = runApiServer(service, {
        parent: this,
        dependsOn: [host.fetched, keys, ...args.etcdReady],
      });
      const afterApi = { parent: this, dependsOn: [apiServer] };
      return {
        apiServer,
        others: [runControllerManager(service, afterApi), runScheduler(service, afterApi)],
      };
    });
    this.apiReady = services.map((it) => it.apiServer);
    this.ready = services.flatMap((it) => [it.apiServer, ...it.others]);
    this.registerOutputs({});
  }
}
