import { isList, isMap, type PropertyMap, type PropertyValue } from "../lib/values.ts";

const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * The text that Kubernetes gives a resource quantity when it writes it out: "1000m" is "1", "1024Mi" is "1Gi".
 * What is no quantity is given back as it is: the API server refuses it with a better message.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function canonicalQuantity(value: string | number): string | number {
  const [, sign = "", whole = "", fraction = "", suffix = ""] =
    /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/.exec(
      String(value),
    ) ?? [];
  if (whole === "" && fraction === "") return value;
  const minus = sign === "-" ? "-" : "";
  if (/^[eE]/.test(suffix) && suffix.length > 1) return value; // exponents keep their own form
  if (suffix.endsWith("i")) return binaryText(minus, whole, fraction, suffix) ?? value;
  const nano =
    BigInt(whole + fraction) *
    10n ** BigInt(3 * decimalSuffixes.indexOf(suffix)) *
    10n ** BigInt(Math.max(0, 12 - fraction.length));
  if (fraction.length > 12) return value;
  // In units of 10^-21: 12 digits for the fraction, and 9 since the suffixes begin at nano.
  return minus + scaled(nano, 12n);
}

function scaled(amount: bigint, digits: bigint): string {
  if (amount === 0n) return "0";
  const unit = 10n ** digits;
  let rounded = amount % unit === 0n ? amount / unit : amount / unit + 1n; // the API server rounds up to nano
  let step = 0;
  while (rounded % 1000n === 0n && step < decimalSuffixes.length - 1) {
    rounded /= 1000n;
    step += 1;
  }
  return `${rounded}${decimalSuffixes[step] ?? ""}`;
}

function binaryText(
  minus: string,
  whole: string,
  fraction: string,
  suffix: string,
): string | undefined {
  const scale = 1024n ** BigInt(binarySuffixes.indexOf(suffix));
  const unit = 10n ** BigInt(fraction.length);
  const amount = BigInt(whole + fraction) * scale;
  if (amount % unit !== 0n) return undefined;
  let bytes = amount / unit;
  if (bytes === 0n) return "0";
  let step = 0;
  while (bytes % 1024n === 0n && step < binarySuffixes.length - 1) {
    bytes /= 1024n;
    step += 1;
  }
  return `${minus}${bytes}${binarySuffixes[step] ?? ""}`;
}

/** Members whose map holds quantities by resource name. */
const quantityMaps = new Set([
  "limits",
  "requests",
  "capacity",
  "allocatable",
  "hard",
  "overhead",
  "podFixed",
]);
/** Members that are a quantity. */
const quantities = new Set(["sizeLimit", "divisor"]);
/** Members whose content is the user's own, not Kubernetes'. */
const opaque = new Set([
  "annotations",
  "labels",
  "matchLabels",
  "data",
  "stringData",
  "nodeSelector",
]);

/** A copy of a built-in object with every quantity in canonical form. */
export function withCanonicalQuantities(object: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, canonicalMember(key, value)]),
  );
}

function canonicalMember(key: string, value: PropertyValue): PropertyValue {
  if (opaque.has(key)) return value;
  if (quantities.has(key)) return canonicalScalar(value);
  if (isList(value)) {
    return value.map((item) => (isMap(item) ? withCanonicalQuantities(item) : item));
  }
  if (!isMap(value)) return value;
  if (!quantityMaps.has(key)) return withCanonicalQuantities(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isMap(item) ? canonicalMember(name, item) : canonicalScalar(item),
    ]),
  );
}

function canonicalScalar(value: PropertyValue): PropertyValue {
  return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : value;
}
