import type { Path } from "../lib/paths.ts";
import { isList, isMap, type PropertyValue } from "../lib/values.ts";
import { groupVersion, isCoreKind, type GroupVersionKind } from "./kinds.ts";

/** What decides whether ConfigMaps and Secrets may change in place. */
export interface MutableOptions {
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
}

/**
 * Paths whose change makes a new object, dotted, with `*` for any list item.
 * @see https://github.com/pulumi/pulumi-kubernetes/blob/v4.32.0/provider/pkg/provider/diff.go
 */
export function replacingPaths(
  gvk: GroupVersionKind,
  isImmutable: boolean,
  options: MutableOptions,
): readonly string[] {
  const identity = ["metadata.name", "metadata.namespace"];
  if (isCoreKind(gvk, "Secret") && (!options.enableSecretMutable || isImmutable)) {
    return [...identity, "type", "stringData", "data"];
  }
  if (isCoreKind(gvk, "ConfigMap") && (!options.enableConfigMapMutable || isImmutable)) {
    return [...identity, "binaryData", "data"];
  }
  return [...identity, ...(byKind[`${groupVersion(gvk)}/${gvk.kind}`] ?? [])];
}

const roleRef = ["roleRef"];
const selector = ["spec.selector"];
const podSpec =
  `affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID
  hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates
  restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName
  shareProcessNamespace subdomain terminationGracePeriodSeconds volumes`.split(/\s+/);
const container =
  `args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext stdin
  stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir`.split(
    /\s+/,
  );
const volumeSources =
  `awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs
  hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume`.split(
    /\s+/,
  );

const byKind: Readonly<Record<string, readonly string[]>> = {
  "apps/v1/DaemonSet": selector,
  "apps/v1/Deployment": selector,
  "apps/v1/StatefulSet": [
    ...selector,
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/v1/Job": [...selector, "spec.completions", "spec.parallelism", "spec.template"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": roleRef,
  "rbac.authorization.k8s.io/v1/RoleBinding": roleRef,
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
  "v1/PersistentVolume": volumeSources.map((source) => `spec.${source}`),
  "v1/PersistentVolumeClaim": [
    ...selector,
    "spec.accessModes",
    "spec.storageClassName",
    "spec.volumeName",
  ],
  "v1/Pod": [
    ...podSpec.map((name) => `spec.${name}`),
    ...container.flatMap((name) => [`spec.containers.*.${name}`, `spec.initContainers.*.${name}`]),
  ],
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Secret": ["type"],
  "v1/Service": ["spec.clusterIP"],
};

/** True when a change at `path`, to `value`, touches one of the patterns: at it, inside it, or around it. */
export function isReplacing(
  path: Path,
  value: PropertyValue,
  patterns: readonly string[],
): boolean {
  return patterns.some((pattern) => {
    const steps = pattern.split(".");
    const isOnTheWay = path
      .slice(0, steps.length)
      .every((step, index) =>
        steps[index] === "*" ? typeof step === "number" : steps[index] === step,
      );
    return isOnTheWay && contains(value, steps.slice(path.length));
  });
}

function contains(value: PropertyValue, steps: readonly string[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return true;
  if (step === "*") return isList(value) && value.some((item) => contains(item, rest));
  const inner = isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return inner !== undefined && contains(inner, rest);
}
