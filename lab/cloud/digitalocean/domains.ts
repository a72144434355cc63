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
  fullName,
  isRecordData,
  isRecordName,
  nameIn,
  removeRecord,
} from "../records.ts";
import { requiredText, text } from "./body.ts";
import { notFound, notInLab, unprocessable } from "./errors.ts";
import { page } from "./pages.ts";

/** Of a record whose maker says nothing, and least and most, in seconds. */
const ttls = { standard: 1800, least: 30, most: 604_800 };

/**
 * The zones of the account, which are the user's, and their records.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/Domain-Records
 */
export function domainRoutes({ store }: Context): Routes {
  return {
    "GET /v2/domains": (request) => page(request, "domains", store.state.zones.map(domainView)),
    "GET /v2/domains/:name": (request) => ({
      status: 200,
      body: { domain: domainView(zoneOf(store.state, request)) },
    }),
    "GET /v2/domains/:name/records": (request) => {
      const zone = zoneOf(store.state, request);
      const { searchParams } = request.url;
      const [type, name] = [searchParams.get("type"), searchParams.get("name")];
      const found = zone.records.filter(
        (record) =>
          (type === null || record.type === type) &&
          (name === null || fullName(record, zone) === name),
      );
      return page(request, "domain_records", found.map(recordView));
    },
    "POST /v2/domains/:name/records": async (request) => {
      const record = await store.change((draft) => {
        const zone = zoneOf(draft, request);
        return shareTtl(zone, addRecord(draft, zone, checkedRecord(zone, request, null)));
      });
      return { status: 201, body: { domain_record: recordView(record) } };
    },
    "GET /v2/domains/:name/records/:id": (request) => ({
      status: 200,
      body: { domain_record: recordView(recordOf(zoneOf(store.state, request), request)) },
    }),
    "PUT /v2/domains/:name/records/:id": change,
    "PATCH /v2/domains/:name/records/:id": change,
    "DELETE /v2/domains/:name/records/:id": async (request) => {
      await store.change((draft) => {
        const zone = zoneOf(draft, request);
        removeRecord(zone, recordOf(zone, request));
      });
      return { status: 204 };
    },
  };

  async function change(request: ApiRequest) {
    const record = await store.change((draft) => {
      const zone = zoneOf(draft, request);
      const changed = recordOf(zone, request);
      const { name, data, ttl } = checkedRecord(zone, request, changed);
      return shareTtl(zone, Object.assign(changed, { name, data, ttl, updatedAt: timestamp() }));
    });
    return { status: 200, body: { domain_record: recordView(record) } };
  }
}

type Wanted = Pick<ZoneRecord, "type" | "name" | "data" | "ttl">;

/** What a body asks for; what it leaves out stays as it is. */
function checkedRecord(zone: Zone, { body }: ApiRequest, self: ZoneRecord | null): Wanted {
  const type = self?.type ?? checkedType(requiredText(body, "type"));
  const name = nameIn(zone, text(body, "name") ?? self?.name ?? "");
  if (!isRecordName(name)) {
    throw unprocessable(
      "Name Only valid hostname characters are allowed. (a-z, A-Z, 0-9, ., _ and -) Or a single record of '@'.",
    );
  }
  const wanted = { type, name, data: checkedData(type, text(body, "data") ?? self?.data ?? "") };
  const clash = clashing(zone, wanted, self);
  if (clash === "cname")
    throw unprocessable("CNAME records cannot share a name with other records");
  if (clash === "same") throw unprocessable("Record already exists");
  // 0 is how clients say nothing
  const ttl = Number(body["ttl"] ?? 0) || (self?.ttl ?? ttls.standard);
  if (!Number.isInteger(ttl) || ttl < ttls.least || ttl > ttls.most) {
    throw unprocessable(`Ttl must be between ${ttls.least} and ${ttls.most}`);
  }
  return { ...wanted, ttl };
}

function checkedType(given: string): RecordType {
  const known = recordTypes.find((type) => type === given);
  if (known !== undefined) return known;
  if (["CAA", "MX", "SRV"].includes(given)) throw notInLab(`a ${given} record`);
  throw unprocessable("Type is not included in the list");
}

function checkedData(type: RecordType, given: string): string {
  const isName = type === "CNAME" || type === "NS";
  if (isName && given !== "@" && !given.endsWith(".")) {
    throw unprocessable("Data needs to end with a dot (.)");
  }
  const data = isName ? given.toLowerCase().replace(/\.$/, "") : given;
  if (isRecordData(type, data)) return data;
  const form = {
    A: "IPv4 format (e.g. 127.0.0.1).",
    AAAA: "IPv6 format (e.g. 2001:db8::).",
    CNAME: "",
    NS: "",
    TXT: "",
  };
  throw unprocessable(
    form[type] === ""
      ? `Data is invalid for a ${type} record`
      : `IP address did not match ${form[type]}`,
  );
}

/** Records of one name and type have one time to live, see RFC 2181 section 5.2: the last one given. */
function shareTtl(zone: Zone, record: ZoneRecord): ZoneRecord {
  for (const other of zone.records) {
    if (other.name === record.name && other.type === record.type) other.ttl = record.ttl;
  }
  return record;
}

/** @throws ApiError 404 */
function zoneOf(state: CloudState, { params }: ApiRequest): Zone {
  const zone = state.zones.find(({ name }) => name === params["name"]?.toLowerCase());
  if (!zone) throw notFound();
  return zone;
}

function recordOf({ records }: Zone, { params }: ApiRequest): ZoneRecord {
  const record = records.find(({ id }) => String(id) === params["id"]);
  if (!record) throw notFound();
  return record;
}

/** Of a list, too. */
export function domainView(zone: Zone) {
  const lines = zone.records.map(
    (record) => `${fullName(record, zone)}. ${record.ttl} IN ${record.type} ${record.data}\n`,
  );
  return {
    name: zone.name,
    ttl: ttls.standard,
    zone_file: `$ORIGIN ${zone.name}.\n$TTL ${ttls.standard}\n${lines.join("")}`,
  };
}

export function recordView({ id, type, name, data, ttl }: ZoneRecord) {
  const none = { priority: null, port: null, weight: null, flags: null, tag: null };
  return { id, type, name, data, ttl, ...none };
}
