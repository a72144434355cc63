import { DnsRecord } from "@pulumi/digitalocean/dnsRecord.js";
import { getDomains } from "@pulumi/digitalocean/getDomains.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterNames } from "./machine.ts";
import type { NameServers } from "./name-servers.ts";
import { nameInZone, recordNames, recordTtl, zoneOf, type NamePlan } from "./name-records.ts";

/** Those that answer for every zone of an account. @see https://docs.digitalocean.com/products/networking/dns/ */
const servers = ["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"];

/**
 * The zone's name, once the account is known to have it.
 * @param provider - of the account
 */
export function digitalOceanZone(
  domain: string,
  nameServers: NameServers,
  provider: pulumi.ProviderResource,
): pulumi.Output<string> {
  const found = getDomains({}, { provider }).then(({ domains }) =>
    zoneOf(domain, domains, ({ name }) => name, { cloud: "DigitalOcean", servers, nameServers }),
  );
  return pulumi.output(found.then(({ name }) => name));
}

/** A records with the cloud's own DNS, which costs nothing; the zone is the user's. */
export function digitalOceanNames(
  plans: readonly NamePlan[],
  { domain, nameServers }: { readonly domain: string; readonly nameServers: NameServers },
  opts: pulumi.CustomResourceOptions,
): ClusterNames {
  return recordNames(
    plans,
    { domain, nameServers },
    (id, { name }, { address }) =>
      new DnsRecord(
        id,
        { domain, type: "A", name: nameInZone(name, domain), value: address, ttl: recordTtl },
        // By itself the plugin takes a named thing away before its successor comes, and with a record all that is reached by it.
        { ...opts, deleteBeforeReplace: false },
      ),
  );
}
