import type { Zone, ZoneRecord } from "../model.ts";
import { fullName } from "../records.ts";

/** What a question asks. */
export interface Question {
  /** In lower case, without a dot at its end. */
  readonly name: string;
  /** Number of the record type. */
  readonly type: number;
}

/** What DNS says: a code of RFC 1035 section 4.1.1, and records. */
export interface ZoneAnswer {
  readonly code: 0 | 3;
  readonly answers: readonly Buffer[];
}

const types = { A: 1, NS: 2, CNAME: 5, TXT: 16, AAAA: 28 } as const;

/** Every cloud's own servers; in the lab all of them are one. */
export const cloudServers: readonly string[] = [
  ...[1, 2, 3].map((number) => `ns${number}.digitalocean.com`),
  ...[1, 2, 3, 4, 5].map((number) => `ns${number}.linode.com`),
];

/** Seconds that an answer about a server lives. */
const serverTtl = 300;

/**
 * Answers from the zones of the lab's clouds, which know of each name what its records say and nothing more.
 * @param address - of this server, which is all servers
 * @returns null for a name that is in none of them
 */
export function answerFromZones(
  zones: readonly Zone[],
  { name, type }: Question,
  address: string,
): ZoneAnswer | null {
  if (cloudServers.includes(name)) {
    const own = type === types.A ? [record(name, "A", serverTtl, address)] : [];
    return { code: 0, answers: own };
  }
  const mine = zones.filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`));
  if (mine.length === 0) return null;
  const all = mine.flatMap((zone) =>
    zone.records.map((it) => ({ ...it, name: fullName(it, zone) })),
  );
  const isZone = mine.some((zone) => zone.name === name);
  const servers = isZone && type === types.NS ? cloudServers : [];
  const found = follow(all, name, type, 8);
  const exists = isZone || all.some((it) => it.name === name || it.name.endsWith(`.${name}`));
  return {
    code: exists ? 0 : 3,
    answers: [
      ...servers.map((server) => record(name, "NS", serverTtl, server)),
      ...found.map((it) => record(it.name, it.type, it.ttl, it.data)),
    ],
  };
}

/** Records of this name and type, past the CNAMEs in between. */
function follow(
  all: readonly ZoneRecord[],
  name: string,
  type: number,
  steps: number,
): readonly ZoneRecord[] {
  const own = all.filter((it) => it.name === name);
  const alias = own.find((it) => it.type === "CNAME");
  if (alias === undefined || type === types.CNAME)
    return own.filter((it) => types[it.type] === type);
  return [alias, ...(steps > 0 ? follow(all, alias.data, type, steps - 1) : [])];
}

/** One record, as RFC 1035 section 3.2.1 has it. */
function record(name: string, type: keyof typeof types, ttl: number, data: string): Buffer {
  const fixed = Buffer.alloc(10);
  const value = dataOf(type, data);
  fixed.writeUInt16BE(types[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(value.length, 8);
  return Buffer.concat([labels(name), fixed, value]);
}

function dataOf(type: keyof typeof types, data: string): Buffer {
  switch (type) {
    case "A":
      return Buffer.from(data.split(".").map(Number));
    case "AAAA":
      return sixteenBytes(data);
    case "TXT":
      return Buffer.concat(
        (data.match(/[\s\S]{1,255}/g) ?? []).map((part) =>
          Buffer.concat([Buffer.from([Buffer.byteLength(part)]), Buffer.from(part)]),
        ),
      );
    case "CNAME":
    case "NS":
      return labels(data);
  }
}

function labels(name: string): Buffer {
  const parts = name
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function sixteenBytes(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const missing = Math.max(0, 8 - groups(head).length - groups(tail).length);
  const all = [...groups(head), ...Array.from({ length: missing }, () => "0"), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}
