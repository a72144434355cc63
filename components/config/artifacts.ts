import { parseLock, type ArtifactLock, type Download, type ImageRef } from "../facts/artifacts.ts";
import { componentNames } from "../facts/components.ts";
import type { AddonsSpec, ArtifactSpec, ClusterSpec, NodeSpec } from "../spec.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";
import { checkUrl } from "./url.ts";
import { checkVersions, newerThan, type Versions } from "./versions.ts";
import { inLock, wantedArtifacts, type Wanted } from "./wanted-artifacts.ts";

const standardLock = "assets/versions.json";

/** What the choice of artifacts depends on. */
export interface ArtifactInput {
  readonly draft: Draft;
  readonly nodes: readonly NodeSpec[];
  readonly addons: AddonsSpec;
  /** Text of a file that the stack names; throws when it cannot be read. */
  readonly readText: (path: string) => string;
  /** Versions that the last run asked for; empty where there is no cluster yet. */
  readonly inUse: Partial<Versions>;
}

/** What was chosen, and one line about newer versions that were not; null when there are none. */
export interface ChosenArtifacts extends Pick<ClusterSpec, "artifacts" | "versions"> {
  readonly newer: string | null;
}

/**
 * All files and images of the cluster: a pure function of the config and the lock, so that the same two
 * give the same list for an air-gap bundle.
 */
export function checkArtifacts(input: ArtifactInput, problems: Problems): ChosenArtifacts {
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
      versions: Object.fromEntries(componentNames.map((name) => [name, ""])) as Versions,
      artifacts: { files: [], manifests: [], images: [], mirror: mirrors },
      newer: null,
    };
  }
  const wanted = wantedArtifacts(input.nodes, input.addons);
  const { draft, inUse } = input;
  const versions = checkVersions({ draft, lock, lockPath, wanted, inUse }, problems);
  const { found, missing } = resolveAll(lock, wanted, versions, mirrors);
  if (missing.length > 0 && problems.areSound("kubernetes.version", "versions")) {
    const wrong = `lacks ${missing.join(", ")}`;
    const fix = "add it to the lock, or name another lock";
    problems.add("artifacts.lock", { wrong, got: lockPath, fix });
  }
  return { versions, artifacts: found, newer: newerThan(inUse, versions, lock.defaults) };
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

function resolveAll(
  lock: ArtifactLock,
  wanted: readonly Wanted[],
  versions: Versions,
  mirror: ArtifactSpec["mirror"],
): { found: ArtifactSpec; missing: string[] } {
  const missing: string[] = [];
  const all = <T extends Download | ImageRef>(kind: Wanted["kind"]): T[] =>
    wanted
      .filter((it) => it.kind === kind)
      .flatMap((it) => {
        const version = versions[it.component];
        const found = inLock(lock, it, version, mirror.files);
        if (found === null) missing.push(nameOf(it, version));
        return found === null ? [] : [found as T];
      });
  const files = all<Download>("program");
  const images = all<ImageRef>("image");
  return { found: { files, manifests: all<Download>("manifest"), images, mirror }, missing };
}

function nameOf({ kind, name, architecture }: Wanted, version: string): string {
  const words = {
    program: [name, version, architecture],
    image: ["image", name, version],
    manifest: [name, version],
  };
  return words[kind].filter(Boolean).join(" ");
}
