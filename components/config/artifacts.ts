import {
  commonVersions,
  parseLock,
  resolveFile,
  resolveImage,
  type Architecture,
  type ArtifactLock,
  type Download,
  type ImageRef,
} from "../lib/artifacts.ts";
import type { AddonsSpec, ArtifactSpec, ClusterSpec, ComponentName } from "../spec.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";
import { checkUrl } from "./url.ts";

const standardLock = "assets/versions.json";

/** Files that belong to Kubernetes itself and have its version. */
const controlPlaneFiles = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
const workerFiles = ["kubelet", "kube-proxy"];

/** What is needed for which role, besides Kubernetes: file name to component. */
const otherFiles = {
  "control-plane": { etcd: "etcd", flanneld: "flannel" },
  worker: { containerd: "containerd", runc: "runc", "cni-plugins": "cni-plugins" },
} as const satisfies Record<string, Record<string, ComponentName>>;

/** What the choice of artifacts depends on. */
export interface ArtifactInput {
  readonly draft: Draft;
  readonly controlPlane: readonly { readonly architecture: Architecture }[];
  readonly workers: readonly { readonly architecture: Architecture }[];
  readonly addons: AddonsSpec;
  /** Text of a file that the stack names; throws when it cannot be read. */
  readonly readText: (path: string) => string;
}

/**
 * All files and images of the cluster: a pure function of the config and the lock, so that the same two
 * give the same list for an air-gap bundle.
 */
export function checkArtifacts(
  input: ArtifactInput,
  problems: Problems,
): Pick<ClusterSpec, "artifacts" | "versions"> {
  const { artifacts = {} } = input.draft;
  const mirror = {
    files: checkUrl("artifacts.mirror", artifacts.mirror, "http://10.240.0.1:8080", problems),
    registry: checkUrl(
      "artifacts.registryMirror",
      artifacts.registryMirror,
      "http://10.240.0.1:5000",
      problems,
    ),
  };
  const lockPath = artifacts.lock ?? standardLock;
  const lock = readLock(lockPath, input.readText, problems);
  if (lock === null) return { versions: noVersions, artifacts: { files: [], images: [], mirror } };
  const versions = checkVersions(lock, lockPath, input, problems);
  const { files, images } = resolveAll({ lock, lockPath, versions, mirror, input }, problems);
  return { versions, artifacts: { files, images, mirror } };
}

const components = [
  "kubernetes",
  "etcd",
  "containerd",
  "runc",
  "cni-plugins",
  "flannel",
  "flannel-cni-plugin",
  "coredns",
  "pause",
] as const satisfies readonly ComponentName[];

type Versions = ClusterSpec["versions"];

function versionsOf(version: (name: ComponentName) => string): Versions {
  const entries = components.map((name) => [name, version(name)] as const);
  return Object.fromEntries(entries) as Record<ComponentName, string>;
}

const noVersions = versionsOf(() => "");

function readLock(
  path: string,
  readText: (path: string) => string,
  problems: Problems,
): ArtifactLock | null {
  if (!problems.areSound("artifacts.lock")) return null;
  const add = (wrong: string, fix: string) => {
    problems.add("artifacts.lock", { wrong, got: path, fix });
  };
  let text: string;
  try {
    text = readText(path);
  } catch {
    const fix = "name a file relative to the project; the lab's is written by `npm run up`";
    add("cannot be read", fix);
    return null;
  }
  try {
    return parseLock(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    add(`not an artifact lock (${reason})`, `write one in the form of ${standardLock}`);
    return null;
  }
}

function checkVersions(
  lock: ArtifactLock,
  lockPath: string,
  { draft, controlPlane, workers }: ArtifactInput,
  problems: Problems,
): Versions {
  const path = "kubernetes.version";
  const got = draft.kubernetes?.version;
  const architectures = [
    ...new Set([...controlPlane, ...workers].map((node) => node.architecture)),
  ];
  const names = [...controlPlaneFiles, ...workerFiles];
  const available = commonVersions(lock, names, architectures);
  if (got !== undefined && !available.includes(got) && problems.areSound(path)) {
    const fix = available.includes(got.replace(/^v/, ""))
      ? `write "${got.replace(/^v/, "")}"`
      : `use one of ${available.join(", ")}`;
    problems.add(path, { wrong: `not in the artifact lock ${lockPath}`, got, fix });
  }
  const versions = versionsOf((name) => lock.defaults[name] ?? "");
  return { ...versions, kubernetes: got ?? versions.kubernetes };
}

interface Resolution {
  readonly lock: ArtifactLock;
  readonly lockPath: string;
  readonly versions: Versions;
  readonly mirror: ArtifactSpec["mirror"];
  readonly input: ArtifactInput;
}

function resolveAll(resolution: Resolution, problems: Problems) {
  const { lock, versions, mirror, input } = resolution;
  const missing: string[] = [];
  const found = <T>(what: string, value: T | null): T[] => {
    if (value === null) missing.push(what);
    return value === null ? [] : [value];
  };
  const files = wantedFiles(input).flatMap(([name, component, architecture]): Download[] => {
    const version = versions[component];
    const wanted = { name, version, architecture };
    return found(`${name} ${version} for ${architecture}`, resolveFile(lock, wanted, mirror.files));
  });
  const images = wantedImages(input.addons).flatMap((name): ImageRef[] =>
    found(`image ${name} ${versions[name]}`, resolveImage(lock, name, versions[name])),
  );
  if (missing.length > 0 && problems.areSound("kubernetes.version", "artifacts.lock")) {
    const wrong = `lacks ${missing.join(", ")}`;
    const fix = "add it to the lock, or name another lock";
    problems.add("artifacts.lock", { wrong, got: resolution.lockPath, fix });
  }
  return { files, images };
}

type WantedFile = readonly [name: string, component: ComponentName, architecture: Architecture];

/** Every file once per architecture that needs it, in a fixed order. */
function wantedFiles({ controlPlane, workers }: ArtifactInput): WantedFile[] {
  const roles = [
    { nodes: controlPlane, own: controlPlaneFiles, others: otherFiles["control-plane"] },
    { nodes: workers, own: workerFiles, others: otherFiles.worker },
  ];
  return roles.flatMap(({ nodes, own, others }) => {
    const architectures = [...new Set(nodes.map((node) => node.architecture))].sort();
    const named: (readonly [string, ComponentName])[] = [
      ...own.map((name) => [name, "kubernetes"] as const),
      ...Object.entries<ComponentName>(others),
    ];
    return architectures.flatMap((architecture) =>
      named.map(([name, component]) => [name, component, architecture] as const),
    );
  });
}

function wantedImages({ flannel, coredns }: AddonsSpec): ComponentName[] {
  const images: ComponentName[] = ["pause"];
  if (flannel.isEnabled) images.push("flannel", "flannel-cni-plugin");
  if (coredns.isEnabled) images.push("coredns");
  return images;
}
