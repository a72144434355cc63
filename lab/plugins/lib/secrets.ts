import { isWithin, type Path } from "./paths.ts";
import { isSecret, secret, type OutgoingMap, type OutgoingValue } from "./values.ts";

/**
 * Marks as secret what lies at the given paths and exists; what is marked already stays so.
 * This is how a secret input stays secret in the checked inputs and in the state.
 */
export function markSecrets(properties: OutgoingMap, paths: readonly Path[]): OutgoingMap {
  return paths.reduce((marked, path) => markInMap(marked, path), properties);
}

/**
 * The path at which a difference may be shown: that of the secret around it, else its own.
 * A difference inside a secret would name places that the engine has hidden by then.
 */
export function visiblePath(path: Path, secrets: readonly Path[]): Path {
  return secrets.find((outer) => isWithin(path, outer)) ?? path;
}

function markAt(value: OutgoingValue, path: Path): OutgoingValue {
  if (value === undefined || isSecret(value)) return value;
  if (path.length === 0) return secret(value);
  return isOutgoingMap(value) ? markInMap(value, path) : secret(value);
}

function markInMap(map: OutgoingMap, path: Path): OutgoingMap {
  const [key, ...rest] = path;
  if (key === undefined || !(key in map)) return map;
  return Object.fromEntries<OutgoingValue>([...Object.entries(map), [key, markAt(map[key], rest)]]);
}

function isOutgoingMap(value: OutgoingValue): value is OutgoingMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSecret(value);
}
