import * as v from "valibot";
import { cloudLabel, linodeLimits } from "../../components/facts/labels.ts";
import {
  type CloudClient,
  type CloudThing,
  type ClusterZone,
  isClusterRecord,
} from "./cloud-client.ts";
import { type Api, getJson } from "./http.ts";

const types = {
  domainRecord: "linode:index/domainRecord:DomainRecord",
  instance: "linode:index/instance:Instance",
  firewall: "linode:index/firewall:Firewall",
  sshKey: "linode:index/sshKey:SshKey",
  subnet: "linode:index/vpcSubnet:VpcSubnet",
  vpc: "linode:index/vpc:Vpc",
};

const id = v.pipe(v.number(), v.transform(String));
const label = v.string();
const tags = v.optional(v.nullable(v.array(v.string())), []);
const shapes = {
  domain: v.object({ id, domain: v.string() }),
  domainRecord: v.object({ id, type: v.string(), name: v.string(), target: v.string() }),
  instance: v.object({
    id,
    label,
    tags,
    type: v.nullable(v.string()),
    region: v.string(),
    status: v.string(),
  }),
  firewall: v.object({ id, label, tags }),
  sshKey: v.object({ id, label }),
  vpc: v.object({
    id,
    label,
    region: v.string(),
    subnets: v.optional(
      v.array(v.object({ id, label, ipv4: v.optional(v.nullable(v.string())) })),
      [],
    ),
  }),
};

/**
 * What a cluster has at Linode. Linodes and firewalls carry its tag, VPCs its name; Linode keeps a tag only as long as
 * something carries it.
 * @see https://techdocs.akamai.com/linode-api/reference/api
 */
export function linodeClient(api: Api): CloudClient {
  const all = <T>(path: string, shape: v.GenericSchema<unknown, T>) => pages(api, path, shape);
  return {
    name: "Linode",
    types: Object.values(types),
    list: async (tag, zone = null) => {
      const clusterTag = cloudLabel(tag, linodeLimits.tag).toLowerCase();
      const isTagged = (thing: { readonly tags: readonly string[] | null }) =>
        (thing.tags ?? []).some((name) => name.toLowerCase() === clusterTag);
      const firewallLabels = ["control-plane", "worker"].map((role) =>
        cloudLabel(`${tag}-${role}`, linodeLimits.firewall),
      );
      const instances = await all("/linode/instances", shapes.instance);
      const firewalls = await all("/networking/firewalls", shapes.firewall);
      const vpcs = await all("/vpcs", shapes.vpc);
      const keys = await all("/profile/sshkeys", shapes.sshKey);
      const ourVpcs = vpcs.filter((vpc) => vpc.label === cloudLabel(tag, linodeLimits.vpc));
      const free = { bills: false, isCertain: true, detail: "" };
      return [
        ...instances.filter(isTagged).map((instance): CloudThing => ({
          ...free,
          type: types.instance,
          id: instance.id,
          name: instance.label,
          bills: true,
          detail: `${instance.type ?? "no type"}, ${instance.region}, ${instance.status}`,
        })),
        ...firewalls
          .filter((firewall) => isTagged(firewall) || firewallLabels.includes(firewall.label))
          .map((firewall) => ({
            ...free,
            type: types.firewall,
            id: firewall.id,
            name: firewall.label,
          })),
        ...ourVpcs.map((vpc) => ({
          ...free,
          type: types.vpc,
          id: vpc.id,
          name: vpc.label,
          detail: vpc.region,
        })),
        ...ourVpcs
          .flatMap(({ subnets }) => subnets)
          .map((subnet) => ({
            ...free,
            type: types.subnet,
            id: subnet.id,
            name: subnet.label,
            detail: subnet.ipv4 ?? "",
          })),
        ...keys
          .filter((key) => key.label === tag)
          .map((key) => ({ ...free, type: types.sshKey, id: key.id, name: key.label })),
        ...(zone === null ? [] : await domainRecords(api, zone)),
      ];
    },
  };
}

/** None when the account does not have the zone. */
async function domainRecords(api: Api, zone: ClusterZone): Promise<readonly CloudThing[]> {
  const zones = await pages(api, "/domains", shapes.domain);
  const found = zones.find(({ domain }) => domain === zone.domain);
  if (found === undefined) return [];
  return (await pages(api, `/domains/${found.id}/records`, shapes.domainRecord))
    .filter((record) => isClusterRecord(zone, record))
    .map((record) => ({
      type: types.domainRecord,
      id: record.id,
      name: `${record.name}.${zone.domain}`,
      detail: record.target,
      bills: false,
      isCertain: true,
    }));
}

const pageSize = 100;

/** All pages of a list. @see https://techdocs.akamai.com/linode-api/reference/pagination */
async function pages<T>(
  api: Api,
  path: string,
  shape: v.GenericSchema<unknown, T>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let page = 1; ; page += 1) {
    const body = await getJson(api, `${path}?page=${page}&page_size=${pageSize}`);
    const parsed = v.safeParse(v.object({ data: v.array(shape), pages: v.number() }), body);
    if (!parsed.success)
      throw new Error(`GET ${path}: not the answer expected: ${parsed.issues[0].message}`);
    found.push(...parsed.output.data);
    if (page >= parsed.output.pages) return found;
  }
}
