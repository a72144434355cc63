import type { RequestContext } from "../../lib/plugin.ts";
import { messageOf } from "../api-error.ts";
import { groupVersion } from "../kinds.ts";
import { annotations, hasAnnotation } from "../metadata.ts";
import { annotationOf, textAt, type KubeObject } from "../objects.ts";
import type { Cluster } from "../session.ts";
import type { AwaitedObject, Awaiter } from "./awaiter.ts";
import { deploymentAwaiter } from "./deployment.ts";
import { jobAwaiter, podAwaiter } from "./pod-and-job.ts";
import {
  apiServiceFinding,
  claimFinding,
  crdFinding,
  objectAwaiter,
  persistentVolumeFinding,
  replicationControllerFinding,
  resourceQuotaFinding,
  serviceAccountFinding,
  tokenSecretFinding,
  type Finding,
} from "./predicates.ts";
import { ingressAwaiter, serviceAwaiter } from "./service.ts";
import { parseWaitFor } from "./wait-for.ts";
import { daemonSetAwaiter, statefulSetAwaiter } from "./workloads.ts";

/**
 * How to wait for an object, or undefined when it is ready as soon as it exists.
 * @param inputs - `pulumi.com/skipAwait` is read here, `pulumi.com/waitFor` in the object
 * @throws Error when `pulumi.com/waitFor` cannot be read
 */
export async function awaiterFor(
  awaited: AwaitedObject,
  inputs: KubeObject,
  cluster: Cluster,
  request: RequestContext,
): Promise<Awaiter | undefined> {
  if (hasAnnotation(inputs, annotations.skipAwait)) {
    request.log("info", "Skipping await logic", { ephemeral: true });
    return undefined;
  }
  const waitFor = annotationOf(awaited.object, annotations.waitFor);
  if (waitFor !== "") return objectAwaiter(awaited, parseWaitFor(waitFor));
  const key = `${groupVersion(awaited.gvk)}/${awaited.gvk.kind}`;
  const readable = readableAwaiter(awaited);
  if (readable) return readable;
  if (key === "v1/PersistentVolumeClaim") {
    const bindsLate = await bindsAtFirstUse(awaited.object, cluster, request);
    return objectAwaiter(awaited, (claim) => claimFinding(claim, bindsLate));
  }
  if (key === "v1/ServiceAccount" && cluster.version[0] === 1 && cluster.version[1] < 24) {
    return objectAwaiter(awaited, (account) => serviceAccountFinding(awaited.object, account));
  }
  const finding = findings[key];
  return finding ? objectAwaiter(awaited, finding) : undefined;
}

/** How to look at an object once, as a refresh does; undefined for kinds that are only waited for. */
export function readableAwaiter(awaited: AwaitedObject): Awaiter | undefined {
  return awaiters[`${groupVersion(awaited.gvk)}/${awaited.gvk.kind}`]?.(awaited);
}

const awaiters: Readonly<Record<string, (awaited: AwaitedObject) => Awaiter>> = {
  "apps/v1/DaemonSet": daemonSetAwaiter,
  "apps/v1/Deployment": deploymentAwaiter,
  "apps/v1/StatefulSet": statefulSetAwaiter,
  "batch/v1/Job": jobAwaiter,
  "networking.k8s.io/v1/Ingress": ingressAwaiter,
  "v1/Pod": podAwaiter,
  "v1/Service": serviceAwaiter,
};

const findings: Readonly<Record<string, (object: KubeObject) => Finding>> = {
  "apiextensions.k8s.io/v1/CustomResourceDefinition": crdFinding,
  "apiregistration.k8s.io/v1/APIService": apiServiceFinding,
  "v1/PersistentVolume": persistentVolumeFinding,
  "v1/ReplicationController": replicationControllerFinding,
  "v1/ResourceQuota": resourceQuotaFinding,
  "v1/Secret": tokenSecretFinding,
};

async function bindsAtFirstUse(
  claim: KubeObject,
  { client }: Cluster,
  request: RequestContext,
): Promise<boolean> {
  const name = textAt(claim, "spec", "storageClassName");
  if (name === "") return false;
  try {
    const path = `/apis/storage.k8s.io/v1/storageclasses/${encodeURIComponent(name)}`;
    const storageClass = await client.call("GET", path, { signal: request.signal });
    return textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
  } catch (error) {
    const reason = messageOf(error);
    request.log("warning", `getting storageclass ${name}: ${reason}`, { ephemeral: true });
    return false;
  }
}
