/** Where a property is: map keys and list indexes from the top. */
export type Path = readonly (string | number)[];

/** Writes a path as the engine does: `spec.containers[0]["a.b"]`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** Reads what `formatPath` wrote. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(
    ([, index, quoted, name]) => {
      if (index !== undefined) return Number(index);
      return quoted === undefined ? (name ?? "") : (JSON.parse(quoted) as string);
    },
  );
}

/** True when `inner` is `outer` or lies inside it. */
export function isWithin(inner: Path, outer: Path): boolean {
  return outer.length <= inner.length && outer.every((step, index) => step === inner[index]);
}

/** Cuts each path at its first list index, because list items move; then drops repeated ones. */
export function truncateAtLists(paths: readonly Path[]): readonly Path[] {
  const cut = paths.map((path) => {
    const index = path.findIndex((step) => typeof step === "number");
    return index === -1 ? path : path.slice(0, index);
  });
  return cut.filter(
    (path, index) =>
      !cut.some(
        (other, place) =>
          place !== index && isWithin(path, other) && (other.length < path.length || place < index),
      ),
  );
}
