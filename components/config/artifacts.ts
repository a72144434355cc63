import {
  parseLock,
  resolveFile,
  resolveImage,
  versionsWithAll,
  type Architecture,
  type ArtifactLock,
  type WantedFile,
} from "../facts/artifacts.ts";
import { addonImages, addonsInUse } from "../facts/addon-table.ts";
import { programsOf } from "../facts/programs.ts";
import type { AddonsSpec, ArtifactSpec, ClusterSpec, ComponentName, NodeSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";
import { checkUrl } from "./url.ts";

const standardLock = "assets/versions.json";

type Program = (typeof programsOf)[keyof typeof programsOf][number];

/** The component whose version each program has. */
const componentOf: Readonly<Record<Program, ComponentName>> = {
  etcd: "etcd",
  "kube-apiserver": "kubernetes",
  "kube-controller-manager": "kubernetes",
  "kube-scheduler": "kubernetes",
  kubectl: "kubernetes",
  flanneld: "flannel",
  containerd: "containerd",
  runc: "runc",
  "cni-plugins": "cni-plugins",
  kubelet: "kubernetes",
  "kube-proxy": "kubernetes",
};

/** The component whose version each image has. */
const componentOfImage: Readonly<Record<string, ComponentName>> = {
  pause: "pause",
  ...addonImages,
};

/** What the choice of artifacts depends on. */
export interface ArtifactInput {
  readonly draft: Draft;
  readonly nodes: readonly NodeSpec[];
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
  const { mirror, registryMirror, lock: lockPath = standardLock } = input.draft.artifacts ?? {};
  const mirrors = {
    files: checkUrl("artifacts.mirror", mirror, "http://10.240.0.1:8080", problems),
    registry: checkUrl(
      "artifacts.registryMirror",
      registryMirror,
      "http://10.240.0.1:5000",
      problems,
    ),
  };
  const lock = readLock(lockPath, input.readText, problems);
  if (lock === null) {
    return {
      versions: versionsFrom({}),
      artifacts: { files: [], manifests: [], images: [], mirror: mirrors },
    };
  }
  const versions = checkVersions(lock, lockPath, input, problems);
  const { found, missing } = resolveAll(lock, versions, mirrors, input);
  if (missing.length > 0 && problems.areSound("kubernetes.version")) {
    const wrong = `lacks ${missing.join(", ")}`;
    const fix = "add it to the lock, or name another lock";
    problems.add("artifacts.lock", { wrong, got: lockPath, fix });
  }
  return { versions, artifacts: found };
}

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
    add("cannot be read", "name a file of the project; `npm run up` writes the lab's");
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
  { draft, nodes }: ArtifactInput,
  problems: Problems,
): ClusterSpec["versions"] {
  const path = "kubernetes.version";
  const versions = versionsFrom(lock.defaults);
  const got = draft.kubernetes?.version;
  if (got === undefined) return versions;
  const programs = wantedPrograms(nodes).filter(({ name }) => componentOf[name] === "kubernetes");
  const available = versionsWithAll(lock, programs);
  if (!available.includes(got)) {
    const plain = got.replace(/^v/, "");
    const fix = available.includes(plain)
      ? `write "${plain}"`
      : `use one of ${available.join(", ")}`;
    problems.add(path, { wrong: `not in the artifact lock ${lockPath}`, got, fix });
  }
  return { ...versions, kubernetes: got };
}

/** A component without a version in the lock gets none, and is then missing under that name. */
function versionsFrom(defaults: Readonly<Record<string, string>>): ClusterSpec["versions"] {
  const names = [
    ...new Set<ComponentName>([...Object.values(componentOf), ...Object.values(componentOfImage)]),
  ].sort();
  const entries = names.map((name) => [name, defaults[name] ?? ""] as const);
  return Object.fromEntries(entries) as Record<ComponentName, string>;
}

function resolveAll(
  lock: ArtifactLock,
  versions: ClusterSpec["versions"],
  mirror: ArtifactSpec["mirror"],
  { nodes, addons }: ArtifactInput,
): { found: ArtifactSpec; missing: string[] } {
  const missing: string[] = [];
  const orMissing = <T>(what: string, value: T | null): T[] => {
    if (value === null) missing.push(what);
    return value === null ? [] : [value];
  };
  const files = wantedPrograms(nodes).flatMap(({ name, architecture }) => {
    const version = versions[componentOf[name]];
    const wanted = { name, version, architecture };
    const file = resolveFile(lock, wanted, mirror.files);
    return orMissing([name, version, architecture].filter(Boolean).join(" "), file);
  });
  const references = wantedImages(addons).flatMap(([name, component]) => {
    const version = versions[component];
    const image = resolveImage(lock, name, version);
    return orMissing(["image", name, version].filter(Boolean).join(" "), image);
  });
  const manifests = wantedManifests(addons).flatMap(([name, component]) => {
    const version = versions[component];
    // The same file for every architecture.
    const file = resolveFile(lock, { name, version, architecture: "amd64" }, mirror.files);
    return orMissing([name, version].filter(Boolean).join(" "), file);
  });
  return { found: { files, manifests, images: references, mirror }, missing };
}

/** Every program once per architecture of the nodes that run it, in a fixed order. */
function wantedPrograms(nodes: readonly NodeSpec[]): (WantedFile & { readonly name: Program })[] {
  const roles = ["control-plane", "worker"] as const;
  return roles.flatMap((role) => {
    const own = nodes.filter((node) => node.role === role).map((node) => node.architecture);
    const architectures: readonly Architecture[] = [...new Set(own)].sort();
    const names: readonly Program[] = programsOf[role];
    return architectures.flatMap((architecture) => names.map((name) => ({ name, architecture })));
  });
}

/** Every image with the component whose version it has. */
function wantedImages(addons: AddonsSpec): [name: string, component: ComponentName][] {
  const names = ["pause", ...addonsInUse(addons).flatMap(({ images }) => Object.keys(images))];
  return names.map((name) => [name, componentOfImage[name] as ComponentName]);
}

function wantedManifests(addons: AddonsSpec): [name: string, component: ComponentName][] {
  return addonsInUse(addons).flatMap(
    ({ manifests = {} }) => Object.entries(manifests) as [string, ComponentName][],
  );
}
