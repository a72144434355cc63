/** Order of two versions, the older first: numbers by their value, so that 1.36.10 comes after 1.36.4. */
export function byVersion(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** Major and minor version, e.g. "1.36" of "1.36.4". */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** How many minor versions `to` is above `from`, negative below it; infinitely many when the major version differs. */
export function minorsBetween(from: string, to: string): number {
  const [[fromMajor = 0, fromMinor = 0], [toMajor = 0, toMinor = 0]] = [from, to].map((version) =>
    version.split(".").map(Number),
  ) as [number[], number[]];
  if (fromMajor !== toMajor) return toMajor > fromMajor ? Infinity : -Infinity;
  return toMinor - fromMinor;
}
