export interface GroupVersion {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
}

/** Which kind a resource is of. */
export interface GroupVersionKind extends GroupVersion {
  readonly kind: string;
}

/** `v1` for the core group, else `group/version`. */
export function groupVersion({ group, version }: GroupVersion): string {
  return group === "" ? version : `${group}/${version}`;
}

/** As `kubectl` and client-go print it: `apps/v1, Kind=Deployment`. */
export function kindText(kind: GroupVersionKind): string {
  return `${kind.group === "" ? "/" + kind.version : groupVersion(kind)}, Kind=${kind.kind}`;
}

/**
 * Reads a type token such as `kubernetes:core/v1:Node`; undefined for what is not a Kubernetes kind
 * (components such as `kubernetes:helm.sh/v4:Chart`, provider functions).
 */
export function parseTypeToken(type: string): GroupVersionKind | undefined {
  const [, group = "", version = "", kind = ""] =
    /^kubernetes:([^:/]+)\/([^:/]+):([^:/]+)$/.exec(type) ?? [];
  if (kind === "" || componentGroups.has(group)) return undefined;
  return { group: group === "core" ? "" : group, version, kind };
}
const componentGroups = new Set(["helm.sh", "yaml", "kustomize"]);

/** Kind of an object as its `apiVersion` and `kind` say. */
export function parseKind(apiVersion: string, kind: string): GroupVersionKind {
  const [first = "", second] = apiVersion.split("/");
  const group = second === undefined ? "" : first;
  return { group: group === "core" ? "" : group, version: second ?? first, kind };
}

/** True for the API groups that Kubernetes itself defines; what is in others comes from CRDs or aggregated servers. */
export function isBuiltinGroup(group: string): boolean {
  return builtinGroups.has(group);
}
const builtinGroups = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

/** `PodList` and the like, which hold objects and are none themselves. */
export function isListKind({ group, kind }: GroupVersionKind): boolean {
  return isBuiltinGroup(group) && kind.endsWith("List");
}

/**
 * True for a Patch resource such as `NamespacePatch`: it owns fields of an object, not the object.
 * @param kind - the object's own kind, as its inputs say
 */
export function isPatchType(type: GroupVersionKind, kind: string): boolean {
  return type.kind === `${kind}Patch`;
}

/** Whether a built-in kind lives in a namespace; undefined for one that is not known here. */
export function builtinScope({ group, kind }: GroupVersionKind): boolean | undefined {
  if (!isBuiltinGroup(group)) return undefined;
  const base = kind.replace(/Patch$/, "");
  if (namespacedKinds.has(base)) return true;
  return clusterKinds.has(base) ? false : undefined;
}
const namespacedKinds = new Set(
  `Binding ConfigMap ControllerRevision CronJob CSIStorageCapacity DaemonSet Deployment Endpoints EndpointSlice Event
  HorizontalPodAutoscaler Ingress Job Lease LimitRange NetworkPolicy PersistentVolumeClaim Pod PodDisruptionBudget
  PodTemplate ReplicaSet ReplicationController ResourceQuota Role RoleBinding Secret Service ServiceAccount
  StatefulSet`.split(/\s+/),
);
const clusterKinds = new Set(
  `APIService CertificateSigningRequest ClusterRole ClusterRoleBinding CSIDriver CSINode CustomResourceDefinition
  FlowSchema IngressClass MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass
  PriorityLevelConfiguration RuntimeClass StorageClass ValidatingWebhookConfiguration VolumeAttachment`.split(
    /\s+/,
  ),
);

export function isCrd({ group, kind }: GroupVersionKind): boolean {
  return group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition";
}

export function isCoreKind(gvk: GroupVersionKind, kind: string): boolean {
  return gvk.group === "" && gvk.kind === kind;
}
