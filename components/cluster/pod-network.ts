import type * as pulumi from "@pulumi/pulumi";
import { ControlPlaneNodes } from "../addons/control-plane-nodes.ts";
import { Flannel } from "../addons/flannel.ts";
import type { OwnNamespaces } from "../addons/own-namespaces.ts";
import { PodPlacement } from "../addons/pod-placement.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { FlannelDaemons } from "../control-plane/flanneld.ts";
import { NodeStatus } from "../control-plane/node-status.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import { flannelGroup } from "../pki/control-plane-keys.ts";
import type { Host } from "../remote/host.ts";
import type { ClusterSpec } from "../spec.ts";
import { probePodNetwork } from "../workers/probes.ts";
import type { Worker } from "../workers/worker.ts";

export interface PodNetworkParts {
  readonly controlPlane: ControlPlane;
  readonly controlPlaneHosts: readonly Host[];
  readonly workerHosts: readonly Host[];
  readonly workers: readonly Worker[];
  readonly pki: ClusterPki;
  readonly namespaces: OwnNamespaces;
  /** Names of the steps in the stack's state. */
  readonly existing: ReadonlySet<string>;
  readonly inCluster: pulumi.ComponentResourceOptions;
  /** Of what is made on machines. */
  readonly parent: pulumi.Resource;
}

/** flannel on the workers and, for the API server's sake, on the control plane; ready when every pair of nodes can talk. */
export function createPodNetwork(
  spec: ClusterSpec,
  {
    controlPlane,
    controlPlaneHosts,
    workerHosts,
    workers,
    pki,
    namespaces,
    existing,
    inCluster,
    parent,
  }: PodNetworkParts,
): readonly pulumi.Resource[] {
  const flannel = new Flannel(
    "flannel",
    {
      spec,
      namespaces,
      controlPlaneGroup: flannelGroup,
      after: workers.map((worker) => worker.registered),
    },
    inCluster,
  );
  const machines = controlPlaneHosts.map((host) => host.machine);
  const placement = new PodPlacement(
    "pod-placement",
    { withoutKubelet: machines.map((machine) => machine.node.name) },
    inCluster,
  );
  const stubs = new ControlPlaneNodes(
    "control-plane-nodes",
    { machines, after: placement.ready },
    inCluster,
  );
  const daemons = new FlannelDaemons(
    "flannel-daemons",
    { spec, hosts: controlPlaneHosts, pki, existing, after: [...stubs.nodes, ...flannel.access] },
    { parent },
  );
  new NodeStatus(
    "node-status",
    {
      hosts: controlPlaneHosts,
      pki,
      existing,
      hasBackups: spec.backups.isEnabled,
      after: [...controlPlane.ready, ...daemons.ready],
    },
    { parent },
  );
  const nodes = [...controlPlaneHosts, ...workerHosts].map((host) => host.machine);
  const running = [flannel.ready, ...daemons.ready];
  return [...running, ...probePodNetwork(nodes, { parent, dependsOn: running })];
}
