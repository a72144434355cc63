import { addonsInUse } from "../facts/addon-table.ts";
import {
  componentOfImage,
  componentOfProgram,
  type ComponentName,
  type Program,
} from "../facts/components.ts";
import {
  resolveFile,
  resolveImage,
  type Architecture,
  type ArtifactLock,
  type Download,
  type ImageRef,
} from "../facts/artifacts.ts";
import { programsOf } from "../facts/programs.ts";
import type { AddonsSpec, NodeSpec } from "../spec.ts";

/** An entry of the artifact lock that the cluster uses, in whatever version. */
export interface Wanted {
  /** A program that machines download, an image of pods, or a file that the program itself reads. */
  readonly kind: "program" | "image" | "manifest";
  readonly name: string;
  /** Whose version it has. */
  readonly component: ComponentName;
  /** Of a manifest it is any: the same file for all. */
  readonly architecture: Architecture;
}

/** Every program once per architecture of the nodes that run it, every image and manifest of what is on; in a fixed order. */
export function wantedArtifacts(nodes: readonly NodeSpec[], addons: AddonsSpec): readonly Wanted[] {
  const inUse = addonsInUse(addons);
  const images = ["pause", ...inUse.flatMap(({ images }) => Object.keys(images))];
  const manifests = inUse.flatMap(({ manifests = {} }) => Object.entries(manifests));
  return [
    ...wantedPrograms(nodes),
    ...images.map((name) => ({ ...one("image", name), component: componentOfImage[name] })),
    ...manifests.map(([name, component]) => ({ ...one("manifest", name), component })),
  ] as Wanted[];
}

function one(kind: Wanted["kind"], name: string): Omit<Wanted, "component"> {
  return { kind, name, architecture: "amd64" };
}

function wantedPrograms(nodes: readonly NodeSpec[]): Wanted[] {
  const roles = ["control-plane", "worker"] as const;
  return roles.flatMap((role) => {
    const own = nodes.filter((node) => node.role === role).map((node) => node.architecture);
    const names: readonly Program[] = programsOf[role];
    return [...new Set(own)].sort().flatMap((architecture) =>
      names.map((name): Wanted => ({
        kind: "program",
        name,
        component: componentOfProgram[name],
        architecture,
      })),
    );
  });
}

/** The entry in one version; null when the lock does not have it. */
export function inLock(
  lock: ArtifactLock,
  wanted: Wanted,
  version: string,
  mirror: string | null = null,
): Download | ImageRef | null {
  return wanted.kind === "image"
    ? resolveImage(lock, wanted.name, version)
    : resolveFile(lock, { ...wanted, version }, mirror);
}
