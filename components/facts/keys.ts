/** Type of the resource that says in the stack's state which keys are in place on every machine. */
export const keysInPlaceType = "hardway:index:KeysInPlace";

/** The keys that a stack can change; what is issued or derived by them follows. */
export const keyNames = [
  "kubernetesCa",
  "etcdCa",
  "frontProxyCa",
  "kubeletServingCa",
  "metricsServerCa",
  "serviceAccount",
  "encryption",
] as const;

export type KeyName = (typeof keyNames)[number];

/** Which generations of a key are kept, and which of them is in use. */
export interface Generations {
  /** Numbers of those that are trusted or can read, the oldest first; a number is never used again. */
  readonly kept: readonly number[];
  /** The one that signs or writes. */
  readonly inUse: number;
}

/** Every key that can be changed, by its name. */
export type Keys = Readonly<Record<KeyName, Generations>>;

/** A key that was never changed. */
export const neverRotated: Generations = { kept: [1], inUse: 1 };

/** All keys, of which those that are not given were never changed. */
export function keysFrom(given: Partial<Keys> = {}): Keys {
  const entries = keyNames.map((name) => [name, given[name] ?? neverRotated]);
  return Object.fromEntries(entries) as Keys;
}

/** Whether a key is, or was, another than the first. */
export function isRotated({ kept, inUse }: Generations): boolean {
  return kept.length > 1 || inUse > 1;
}

/** Whether any key is, or was, another than the first. */
export function areRotated(keys: Keys): boolean {
  return keyNames.some((name) => isRotated(keys[name]));
}

/** The newest generation that is kept. */
export function newest({ kept }: Pick<Generations, "kept">): number {
  return Math.max(...kept);
}
