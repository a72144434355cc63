import * as v from "valibot";
import {
  type CloudClient,
  type CloudThing,
  type ClusterZone,
  isClusterRecord,
} from "./cloud-client.ts";
import { type Api, getJson } from "./http.ts";

const types = {
  dnsRecord: "digitalocean:index/dnsRecord:DnsRecord",
  droplet: "digitalocean:index/droplet:Droplet",
  firewall: "digitalocean:index/firewall:Firewall",
  reservedIp: "digitalocean:index/reservedIp:ReservedIp",
  sshKey: "digitalocean:index/sshKey:SshKey",
  tag: "digitalocean:index/tag:Tag",
  vpc: "digitalocean:index/vpc:Vpc",
};

const id = v.pipe(v.union([v.string(), v.number()]), v.transform(String));
const tags = v.optional(v.nullable(v.array(v.string())), []);
const region = v.object({ slug: v.string() });
const shapes = {
  domain: v.object({ name: v.string() }),
  dnsRecord: v.object({ id, type: v.string(), name: v.string(), data: v.string() }),
  droplet: v.object({
    id,
    name: v.string(),
    tags,
    size_slug: v.string(),
    status: v.string(),
    region,
  }),
  firewall: v.object({ id, name: v.string(), tags }),
  reservedIp: v.object({
    ip: v.string(),
    region,
    droplet: v.optional(v.nullable(v.object({ id }))),
  }),
  sshKey: v.object({ id, name: v.string() }),
  tag: v.object({ name: v.string() }),
  vpc: v.object({ id, name: v.string(), region: v.string() }),
};

/**
 * What a cluster has at DigitalOcean. Droplets and firewalls carry its tag, other things its name.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/
 */
export function digitalOceanClient(api: Api): CloudClient {
  const all = <T>(path: string, key: string, shape: v.GenericSchema<unknown, T>) =>
    pages(api, path, key, shape);
  return {
    name: "DigitalOcean",
    types: Object.values(types),
    list: async (tag, zone = null) => {
      const ours = new Set([tag, `${tag}-control-plane`, `${tag}-worker`]);
      const isTagged = (thing: { readonly tags: readonly string[] | null }) =>
        (thing.tags ?? []).some((name) => ours.has(name));
      const firewallNames = ["nodes", "control-plane", "workers"].map((name) => `${tag}-${name}`);
      const droplets = (await all("/v2/droplets", "droplets", shapes.droplet)).filter(isTagged);
      const dropletIds = new Set(droplets.map((droplet) => droplet.id));
      const firewalls = await all("/v2/firewalls", "firewalls", shapes.firewall);
      const reserved = await all("/v2/reserved_ips", "reserved_ips", shapes.reservedIp);
      const keys = await all("/v2/account/keys", "ssh_keys", shapes.sshKey);
      const vpcs = await all("/v2/vpcs", "vpcs", shapes.vpc);
      const tagsThere = await all("/v2/tags", "tags", shapes.tag);
      const free = { bills: false, isCertain: true, detail: "" };
      return [
        ...droplets.map((droplet): CloudThing => ({
          ...free,
          type: types.droplet,
          id: droplet.id,
          name: droplet.name,
          bills: true,
          detail: `${droplet.size_slug}, ${droplet.region.slug}, ${droplet.status}`,
        })),
        ...reserved
          .filter(({ droplet }) => droplet == null || dropletIds.has(droplet.id))
          .map(({ ip, region: { slug }, droplet }): CloudThing => ({
            type: types.reservedIp,
            id: ip,
            name: ip,
            // It costs as long as no machine uses it, which an orphan's will soon be.
            bills: true,
            detail: droplet == null ? `${slug}, not in use` : `${slug}, of droplet ${droplet.id}`,
            isCertain: droplet != null,
          })),
        ...firewalls
          .filter((firewall) => isTagged(firewall) || firewallNames.includes(firewall.name))
          .map((firewall) => ({
            ...free,
            type: types.firewall,
            id: firewall.id,
            name: firewall.name,
          })),
        ...vpcs
          .filter(({ name }) => name === tag)
          .map((vpc) => ({
            ...free,
            type: types.vpc,
            id: vpc.id,
            name: vpc.name,
            detail: vpc.region,
          })),
        ...keys
          .filter(({ name }) => name === tag)
          .map((key) => ({ ...free, type: types.sshKey, id: key.id, name: key.name })),
        ...tagsThere
          .filter(({ name }) => ours.has(name))
          .map(({ name }) => ({ ...free, type: types.tag, id: name, name })),
        ...(zone === null ? [] : await dnsRecords(api, zone)),
      ];
    },
  };
}

/** None when the account does not have the zone. */
async function dnsRecords(api: Api, zone: ClusterZone): Promise<readonly CloudThing[]> {
  const { domain } = zone;
  const zones = await pages(api, "/v2/domains", "domains", shapes.domain);
  if (!zones.some(({ name }) => name === domain)) return [];
  const path = `/v2/domains/${domain}/records`;
  return (await pages(api, path, "domain_records", shapes.dnsRecord))
    .filter((record) => isClusterRecord(zone, record))
    .map((record) => ({
      type: types.dnsRecord,
      id: record.id,
      name: `${record.name}.${domain}`,
      detail: record.data,
      bills: false,
      isCertain: true,
    }));
}

const perPage = 200;

/** All pages of a list. @see https://docs.digitalocean.com/reference/api/digitalocean/#section/Introduction/Links-and-Pagination */
async function pages<T>(
  api: Api,
  path: string,
  key: string,
  shape: v.GenericSchema<unknown, T>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let page = 1; ; page += 1) {
    const body = await getJson(api, `${path}?per_page=${perPage}&page=${page}`);
    const answer = v.object({
      [key]: v.optional(v.nullable(v.array(shape)), []),
      links: v.optional(
        v.nullable(v.object({ pages: v.optional(v.object({ next: v.optional(v.string()) })) })),
      ),
    });
    const parsed = v.safeParse(answer, body);
    if (!parsed.success)
      throw new Error(`GET ${path}: not the answer expected: ${parsed.issues[0].message}`);
    found.push(...((parsed.output[key] ?? []) as readonly T[]));
    const links = parsed.output["links"] as { pages?: { next?: string } } | null | undefined;
    if (links?.pages?.next === undefined) return found;
  }
}
