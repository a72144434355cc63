import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { truncateAtLists, type Path } from "./paths.ts";

/** A value that a preview cannot know yet. It stands wherever a value can stand. */
export const Unknown: unique symbol = Symbol("unknown");
export type Unknown = typeof Unknown;

/** A property value as handlers see it: plain JavaScript, `Unknown` in place of what is not known. */
export type PropertyValue =
  null | boolean | number | string | Unknown | readonly PropertyValue[] | PropertyMap;
export interface PropertyMap {
  readonly [key: string]: PropertyValue;
}

const secretMark: unique symbol = Symbol("secret");

/** A value marked as secret on its way out of a handler; see `secret`. */
export interface Secret {
  readonly [secretMark]: OutgoingValue;
}

/** Marks a value as secret; marks may be nested. */
export function secret(value: OutgoingValue): Secret {
  return { [secretMark]: value };
}

export function isSecret(value: OutgoingValue): value is Secret {
  return typeof value === "object" && value !== null && secretMark in value;
}

/** A value as handlers may return it: `PropertyValue` with `Secret` anywhere; `undefined` members are left out. */
export type OutgoingValue =
  | null
  | undefined
  | boolean
  | number
  | string
  | Unknown
  | Secret
  | readonly OutgoingValue[]
  | OutgoingMap;
export interface OutgoingMap {
  readonly [key: string]: OutgoingValue;
}

/** A decoded message: the plain values, and where the secrets were (a secret inside a list makes the list secret). */
export interface Decoded {
  readonly properties: PropertyMap;
  readonly secrets: readonly Path[];
}

/** True for a map: not null, not a list. */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a list; narrows where `Array.isArray` would not (readonly lists). */
export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** True when `Unknown` is the value or anywhere inside it. */
export function hasUnknown(value: PropertyValue | undefined): boolean {
  if (value === Unknown) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isMap(value) && Object.values(value).some(hasUnknown);
}

/**
 * Reads a message's struct. Output values lose their dependencies, and keep being secret or unknown.
 * @see https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/properties.go the signatures
 */
export function decode(message: Struct | undefined): Decoded {
  const secrets: Path[] = [];
  const plain = message?.toJavaScript() as Json | undefined;
  const properties = plain === undefined ? {} : decodeValue(plain, [], secrets);
  return { properties: isMap(properties) ? properties : {}, secrets: truncateAtLists(secrets) };
}

/** Writes a handler's values as a message's struct. */
export function encode(properties: OutgoingMap): Struct {
  return struct.Struct.fromJavaScript(encodeMap(properties));
}

/** What a struct can hold. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** The engine writes an unknown value as one of these, by the type it would have; string first. */
const unknownSentinels = [
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
] as const;
const unknownText = unknownSentinels[0];
const isUnknownText = new Set<Json>(unknownSentinels);

function decodeValue(value: Json | undefined, at: Path, secrets: Path[]): PropertyValue {
  if (value === undefined) return Unknown;
  if (isUnknownText.has(value)) return Unknown;
  if (typeof value !== "object" || value === null) return value;
  if (isJsonList(value)) {
    return value.map((item, index) => decodeValue(item, [...at, index], secrets));
  }
  const signature = value[signatureKey];
  if (
    signature === secretSignature ||
    (signature === outputSignature && value["secret"] === true)
  ) {
    secrets.push(at);
  }
  if (signature === secretSignature || signature === outputSignature) {
    return decodeValue(value["value"], at, secrets);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, decodeValue(item, [...at, key], secrets)]),
  );
}

function encodeValue(value: OutgoingValue): Json {
  if (value === Unknown) return unknownText;
  if (isSecret(value)) {
    return { [signatureKey]: secretSignature, value: encodeValue(value[secretMark]) };
  }
  if (isOutgoingList(value)) return value.map(encodeValue);
  if (typeof value === "object" && value !== null) return encodeMap(value);
  return value ?? null;
}

function encodeMap(map: OutgoingMap): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(map)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, encodeValue(item)]),
  );
}

function isJsonList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isOutgoingList(value: OutgoingValue): value is readonly OutgoingValue[] {
  return Array.isArray(value);
}
