import type { Context } from "../context.ts";
import type { ApiRequest, Routes } from "../http.ts";
import {
  recordTypes,
  timestamp,
  type CloudState,
  type RecordType,
  type Zone,
  type ZoneRecord,
} from "../model.ts";
import {
  addRecord,
  clashing,
  isRecordData,
  isRecordName,
  nameIn,
  removeRecord,
} from "../records.ts";
import { integer, requiredText, text } from "./body.ts";
import { notFound, notInLab, refused } from "./errors.ts";
import { page } from "./pages.ts";
import { time } from "./time.ts";

/** Any other number of seconds becomes the nearest of these; 0 is the zone's own. */
const ttls = [
  0, 30, 120, 300, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 172_800, 345_600, 604_800, 1_209_600,
  2_419_200,
];

/**
 * The zones of the account, which are the user's, and their records.
 * @see https://techdocs.akamai.com/linode-api/reference/post-domain-record
 */
export function domainRoutes({ store }: Context): Routes {
  return {
    "GET /domains": (request) => page(request, store.state.zones.map(domainView)),
    "GET /domains/:id": (request) => ({
      status: 200,
      body: domainView(zoneOf(store.state, request)),
    }),
    "GET /domains/:id/records": (request) =>
      page(request, zoneOf(store.state, request).records.map(recordView)),
    "POST /domains/:id/records": async (request) => {
      const record = await store.change((draft) => {
        const zone = zoneOf(draft, request);
        return addRecord(draft, zone, checkedRecord(zone, request, null));
      });
      return { status: 200, body: recordView(record) };
    },
    "GET /domains/:id/records/:record": (request) => ({
      status: 200,
      body: recordView(recordOf(zoneOf(store.state, request), request)),
    }),
    "PUT /domains/:id/records/:record": async (request) => {
      const record = await store.change((draft) => {
        const zone = zoneOf(draft, request);
        const changed = recordOf(zone, request);
        const { name, data, ttl } = checkedRecord(zone, request, changed);
        return Object.assign(changed, { name, data, ttl, updatedAt: timestamp() });
      });
      return { status: 200, body: recordView(record) };
    },
    "DELETE /domains/:id/records/:record": async (request) => {
      await store.change((draft) => {
        const zone = zoneOf(draft, request);
        removeRecord(zone, recordOf(zone, request));
      });
      return { status: 200, body: {} };
    },
  };
}

type Wanted = Pick<ZoneRecord, "type" | "name" | "data" | "ttl">;

/** What a body asks for; what it leaves out stays as it is. */
function checkedRecord(zone: Zone, { body }: ApiRequest, self: ZoneRecord | null): Wanted {
  const type = self?.type ?? checkedType(requiredText(body, "type"));
  const name = nameIn(zone, text(body, "name") ?? self?.name ?? "");
  if (!isRecordName(name)) throw refused("Must be a valid hostname", "name");
  const given = text(body, "target") ?? self?.data ?? "";
  const data = type === "CNAME" || type === "NS" ? given.toLowerCase().replace(/\.$/, "") : given;
  if (!isRecordData(type, data)) {
    const form = {
      A: "IPv4 address",
      AAAA: "IPv6 address",
      CNAME: "hostname",
      NS: "hostname",
      TXT: "text",
    };
    throw refused(`Must be a valid ${form[type]}`, "target");
  }
  const clash = clashing(zone, { type, name, data }, self);
  if (clash === "cname")
    throw refused("A CNAME cannot share its hostname with other records", "name");
  if (clash === "same") throw refused("A record like this exists already", "target");
  return { type, name, data, ttl: nearest(integer(body, "ttl_sec") ?? self?.ttl ?? 0) };
}

function checkedType(given: string): RecordType {
  const known = recordTypes.find((type) => type === given);
  if (known !== undefined) return known;
  if (["CAA", "MX", "PTR", "SRV"].includes(given)) throw notInLab(`a ${given} record`, "type");
  throw refused("type is not valid", "type");
}

function nearest(seconds: number): number {
  return ttls.reduce((best, ttl) =>
    Math.abs(ttl - seconds) < Math.abs(best - seconds) ? ttl : best,
  );
}

/** @throws ApiError 404 */
function zoneOf(state: CloudState, { params }: ApiRequest): Zone {
  const zone = state.zones.find(({ id }) => String(id) === params["id"]);
  if (!zone) throw notFound();
  return zone;
}

function recordOf({ records }: Zone, { params }: ApiRequest): ZoneRecord {
  const record = records.find(({ id }) => String(id) === params["record"]);
  if (!record) throw notFound();
  return record;
}

function domainView({ id, name }: Zone) {
  return {
    id,
    type: "master",
    domain: name,
    group: "",
    tags: [],
    status: "active",
    description: "",
    soa_email: `admin@${name}`,
    retry_sec: 0,
    master_ips: [],
    axfr_ips: [],
    expire_sec: 0,
    refresh_sec: 0,
    ttl_sec: 0,
  };
}

/** Here the zone itself has no name. */
function recordView({ id, type, name, data, ttl, createdAt, updatedAt }: ZoneRecord) {
  return {
    id,
    type,
    name: name === "@" ? "" : name,
    target: data,
    priority: 0,
    weight: 0,
    port: 0,
    service: null,
    protocol: null,
    ttl_sec: ttl,
    tag: null,
    created: time(createdAt),
    updated: time(updatedAt),
  };
}
