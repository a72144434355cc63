import { isIPv4, isIPv6 } from "node:net";
import {
  timestamp,
  type CloudState,
  type RecordType,
  type Zone,
  type ZoneRecord,
} from "./model.ts";

/** Name of a record as DNS has it. */
export function fullName({ name }: Pick<ZoneRecord, "name">, zone: Pick<Zone, "name">): string {
  return name === "@" ? zone.name : `${name}.${zone.name}`;
}

/** A name as the zone keeps it, whether it was given in full or without the zone's; "@" for the zone itself. */
export function nameIn(zone: Pick<Zone, "name">, given: string): string {
  const name = given.toLowerCase().replace(/\.$/, "");
  if (name === "" || name === "@" || name === zone.name) return "@";
  return name.endsWith(`.${zone.name}`) ? name.slice(0, -zone.name.length - 1) : name;
}

/** Whether labels of a name are what DNS servers take, `*` and `_` included. */
export function isRecordName(name: string): boolean {
  if (name === "@") return true;
  return name
    .split(".")
    .every(
      (label, at) =>
        /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label) || (at === 0 && label === "*"),
    );
}

/** Whether a record of this type may say this. */
export function isRecordData(type: RecordType, data: string): boolean {
  switch (type) {
    case "A":
      return isIPv4(data);
    case "AAAA":
      return isIPv6(data);
    case "TXT":
      return data !== "" && Buffer.byteLength(data) <= 512;
    case "CNAME":
    case "NS":
      return isRecordName(data);
  }
}

/** Another record with which this one cannot be: a CNAME has its name for itself, and nothing is said twice. */
export function clashing(
  { records }: Pick<Zone, "records">,
  wanted: Pick<ZoneRecord, "type" | "name" | "data">,
  self: ZoneRecord | null,
): "cname" | "same" | null {
  const others = records.filter((other) => other !== self && other.name === wanted.name);
  if (others.some(({ type }) => (type === "CNAME") !== (wanted.type === "CNAME"))) return "cname";
  const isSame = ({ type, data }: ZoneRecord) => type === wanted.type && data === wanted.data;
  return others.some((other) => isSame(other)) ? "same" : null;
}

/** Puts a record that was checked into a zone. */
export function addRecord(
  { counters }: Pick<CloudState, "counters">,
  zone: Zone,
  wanted: Pick<ZoneRecord, "type" | "name" | "data" | "ttl">,
): ZoneRecord {
  const now = timestamp();
  const made = { ...wanted, id: ++counters.other, createdAt: now, updatedAt: now };
  zone.records.push(made);
  return made;
}

export function removeRecord({ records }: Pick<Zone, "records">, record: ZoneRecord): void {
  records.splice(records.indexOf(record), 1);
}
