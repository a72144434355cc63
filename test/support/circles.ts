import { posix } from "node:path";
import { importsOf, type SourceText } from "./fences.ts";

/**
 * Files that import each other in a ring, imports of types included: none can be read, tested or moved without the others.
 * @param sources - a whole tree; imports of files that are not among them are left out
 * @returns each ring as the sorted paths of its files
 */
export function circles(sources: readonly SourceText[]): string[][] {
  const known = new Set(sources.map(({ path }) => path));
  const imported = new Map(
    sources.map((source) => [source.path, importedBy(source).filter((path) => known.has(path))]),
  );
  const reach = new Map([...known].map((path) => [path, reachable(path, imported)]));
  const together = (a: string, b: string): boolean =>
    reach.get(a)?.has(b) === true && reach.get(b)?.has(a) === true;
  const rings = [...known].map((path) => [...known].filter((other) => together(path, other)));
  const first = rings.filter((ring, index) => ring[0] === [...known][index]);
  return first.map((ring) => ring.sort());
}

function importedBy({ path, text }: SourceText): string[] {
  return importsOf({ path, text })
    .filter(({ from }) => from.startsWith("."))
    .map(({ from }) => posix.join(posix.dirname(path), from));
}

/** Files that one file leads to; itself only when it is in a ring. */
function reachable(from: string, imported: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const left = [...(imported.get(from) ?? [])];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    left.push(...(imported.get(path) ?? []));
  }
  return found;
}
