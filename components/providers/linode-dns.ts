import { DomainRecord } from "@pulumi/linode/domainRecord.js";
import { getDomains } from "@pulumi/linode/getDomains.js";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterNames } from "./machine.ts";
import type { NameServers } from "./name-servers.ts";
import { nameInZone, recordNames, recordTtl, zoneOf, type NamePlan } from "./name-records.ts";

/** Those that answer for every zone of an account. @see https://techdocs.akamai.com/cloud-computing/docs/dns-manager */
const servers = [1, 2, 3, 4, 5].map((number) => `ns${number}.linode.com`);

/**
 * The zone's number, once the account is known to have it.
 * @param provider - of the account
 */
export function linodeZone(
  domain: string,
  nameServers: NameServers,
  provider: pulumi.ProviderResource,
): pulumi.Output<number> {
  const found = getDomains({}, { provider }).then(({ domains = [] }) =>
    zoneOf(domain, domains, (zone) => zone.domain, { cloud: "Linode", servers, nameServers }),
  );
  return pulumi.output(found.then(({ id = 0 }) => id));
}

/** A records with the cloud's own DNS, which costs nothing; the zone is the user's. */
export function linodeNames(
  plans: readonly NamePlan[],
  {
    zone,
    domain,
    nameServers,
  }: {
    readonly zone: pulumi.Output<number>;
    readonly domain: string;
    readonly nameServers: NameServers;
  },
  opts: pulumi.CustomResourceOptions,
): ClusterNames {
  return recordNames(plans, { domain, nameServers }, (id, { name }, { address }) => {
    const inZone = nameInZone(name, domain);
    return new DomainRecord(
      id,
      {
        domainId: zone,
        recordType: "A",
        // Here the zone itself has no name.
        name: inZone === "@" ? "" : inZone,
        target: address,
        ttlSec: recordTtl,
      },
      opts,
    );
  });
}
