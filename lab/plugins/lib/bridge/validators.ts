import { isIP } from "node:net";
import type { PropertyValue } from "../values.ts";

/** Texts of what is wrong with a value; none: it is right. */
export type Validator = (value: PropertyValue) => readonly string[];

// In the words of Terraform's SDK, which knows properties by their own names.

export const notEmpty =
  (name: string): Validator =>
  (value) =>
    value === "" ? [`${name} must not be empty, got `] : [];

export const oneOf =
  (name: string, allowed: readonly string[]): Validator =>
  (value) =>
    typeof value !== "string" || allowed.includes(value)
      ? []
      : [
          `expected ${name} to be one of [${allowed.map((item) => JSON.stringify(item)).join(" ")}], got ${value}`,
        ];

export const lengthUpTo =
  (name: string, most: number): Validator =>
  (value) =>
    typeof value === "string" && Buffer.byteLength(value) > most
      ? [`expected length of ${name} to be in the range (0 - ${most}), got ${value}`]
      : [];

export const cidr =
  (name: string): Validator =>
  (value) => {
    if (typeof value !== "string") return [];
    const [address = "", prefix = "", ...rest] = value.split("/");
    const bits = isIP(address) === 6 ? 128 : 32;
    const isCidr =
      isIP(address) !== 0 &&
      /^\d{1,3}$/.test(prefix) &&
      Number(prefix) <= bits &&
      rest.length === 0;
    return isCidr
      ? []
      : [
          `expected ${JSON.stringify(name)} to be a valid IPv4 Value, got ${value}: invalid CIDR address: ${value}`,
        ];
  };

export const ipv4 =
  (name: string): Validator =>
  (value) =>
    typeof value !== "string" || isIP(value) === 4
      ? []
      : [`expected ${name} to contain a valid IPv4 address, got: ${value}`];

/** Every member of a list. */
export const each =
  (validate: Validator): Validator =>
  (value) =>
    Array.isArray(value) ? (value as readonly PropertyValue[]).flatMap(validate) : [];
