import type { ArtifactLock } from "../facts/artifacts.ts";
import { componentNames, versionPath, type ComponentName } from "../facts/components.ts";
import { byVersion } from "../lib/versions.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";
import { inLock, type Wanted } from "./wanted-artifacts.ts";

export type Versions = Readonly<Record<ComponentName, string>>;

export interface VersionInput {
  readonly draft: Draft;
  readonly lock: ArtifactLock;
  readonly lockPath: string;
  readonly wanted: readonly Wanted[];
  /** What the last run asked for; empty where there is no cluster yet. */
  readonly inUse: Partial<Versions>;
}

/**
 * The version of each component: what the stack says, else what the cluster has, else the lock's default. A lock that moves, as by
 * `git pull`, upgrades nothing by itself.
 */
export function checkVersions(input: VersionInput, problems: Problems): Versions {
  const versions = componentNames.map((name) => [name, checkOne(name, input, problems)]);
  return Object.fromEntries(versions) as Versions;
}

/** Components of which a cluster that lives must say itself where to go when the lock has lost its version. */
const neverMovedAlone: readonly ComponentName[] = ["kubernetes", "etcd"];

/** A component without a version in the lock gets none, and is then missing under that name. */
function checkOne(
  component: ComponentName,
  { draft, lock, lockPath, wanted, inUse }: VersionInput,
  problems: Problems,
): string {
  const path = versionPath(component);
  const own = wanted.filter((it) => it.component === component);
  const has = (version: string) => own.every((it) => inLock(lock, it, version) !== null);
  const written =
    component === "kubernetes" ? draft.kubernetes?.version : draft.versions?.[component];
  const offer = () => {
    const all = availableVersions(lock, own).filter(has);
    const plain = written?.replace(/^v/, "") ?? "";
    return all.includes(plain) ? `write "${plain}"` : `use one of ${all.join(", ")}`;
  };
  if (written !== undefined) {
    if (!has(written)) {
      const wrong = `not in the artifact lock ${lockPath}`;
      problems.add(path, { wrong, got: written, fix: offer() });
    }
    return written;
  }
  const [kept, standard] = [inUse[component], lock.defaults[component] ?? ""];
  if (kept === undefined || has(kept)) return kept ?? standard;
  if (neverMovedAlone.includes(component)) {
    const wrong = `missing: the cluster has ${kept}, which the artifact lock ${lockPath} lacks`;
    problems.add(path, { wrong, fix: offer() });
  }
  return standard;
}

/** Versions that the lock has of any of these, newest first. */
function availableVersions(
  { files, images }: ArtifactLock,
  own: readonly Wanted[],
): readonly string[] {
  const names = new Set(own.map(({ name }) => name));
  const versions = [...files, ...images]
    .filter(({ name }) => names.has(name))
    .map(({ version }) => version);
  return [...new Set(versions)].sort(byVersion).reverse();
}

/** What to tell of a lock that has newer versions than the cluster; null when it has none. */
export function newerThan(
  inUse: Partial<Versions>,
  versions: Versions,
  defaults: ArtifactLock["defaults"],
): string | null {
  const newer = componentNames.flatMap((name) => {
    const [version, standard] = [versions[name], defaults[name]];
    if (inUse[name] === undefined || standard === undefined) return [];
    return byVersion(standard, version) > 0 ? [`${name} ${standard} (has ${version})`] : [];
  });
  if (newer.length === 0) return null;
  return `versions: the artifact lock has newer ones than this cluster: ${newer.join(", ")}; it stays as it is until kubernetes.version or versions.NAME says otherwise (docs/upgrades.md)`;
}
