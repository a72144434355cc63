import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../remote/host.ts";
import { rollOut } from "../remote/rollout.ts";
import { runApiServer } from "./api-server.ts";
import { runControllerManager } from "./controller-manager.ts";
import { hasOwnSigners, putControlPlaneKeys, putSigners } from "./keys.ts";
import { runScheduler } from "./scheduler.ts";
import type { ControlPlaneArgs, ControlPlaneService } from "./service.ts";

/**
 * kube-apiserver, kube-controller-manager and kube-scheduler as systemd units on every control-plane machine.
 * There is no kubelet and no container here.
 */
export class ControlPlane extends pulumi.ComponentResource {
  /** The steps that end when the API servers answer. */
  readonly apiReady: readonly pulumi.Resource[];
  /** The steps that end when the controller managers and schedulers are healthy too. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ControlPlaneArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:control-plane:ControlPlane", name, {}, opts);
    const { hosts, pki, existing } = args;
    const machines = rollOut({
      hosts,
      existing,
      stepOn,
      make: (host, after) => this.#services({ ...args, host }, after),
      healthy: (services) => services,
      // Beside them, a controller manager of before several could lead would work against theirs.
      joining: "after",
    });
    this.apiReady = machines.map(([apiServer]) => apiServer);
    const signing = hasOwnSigners(pki)
      ? hosts
          .filter((host) => existing.has(stepOn(host)))
          // What it signs is to be accepted by every API server, of other machines too.
          .map(({ machine }) =>
            putSigners(machine, pki, { parent: this, dependsOn: [...this.apiReady] }),
          )
      : [];
    this.ready = [...machines.flat(), ...signing];
  }

  /** The services of one machine, its API server first, after those of the machine before it. */
  #services(
    service: ControlPlaneService,
    after: readonly pulumi.Resource[],
  ): readonly [apiServer: pulumi.Resource, ...others: pulumi.Resource[]] {
    const { host, pki, etcdReady, existing } = service;
    const keys = putControlPlaneKeys(host.machine, pki, {
      parent: this,
      dependsOn: [host.prepared],
    });
    const apiServer = runApiServer(service, {
      parent: this,
      dependsOn: [host.fetched, keys, ...etcdReady, ...after],
    });
    const signers =
      hasOwnSigners(pki) && !existing.has(stepOn(host))
        ? [putSigners(host.machine, pki, { parent: this, dependsOn: [host.prepared] })]
        : [];
    const afterApi = { parent: this, dependsOn: [apiServer, ...signers] };
    return [apiServer, runControllerManager(service, afterApi), runScheduler(service, afterApi)];
  }
}

function stepOn({ machine }: Host): string {
  return `${machine.node.name}-kube-apiserver`;
}
