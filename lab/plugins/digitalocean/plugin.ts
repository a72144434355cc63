import { bridged } from "../lib/bridge/bridged.ts";
import type { Plugin } from "../lib/plugin.ts";
import { sdkVersion } from "../lib/versions.ts";
import { Client } from "./client.ts";
import { clientOptions, providerConfig } from "./config.ts";
import { dnsRecord } from "./dns-record.ts";
import { getDomains } from "./domains.ts";
import { droplet } from "./droplet.ts";
import { firewall } from "./firewall.ts";
import { reservedIpAssignment } from "./reserved-ip-assignment.ts";
import { reservedIp } from "./reserved-ip.ts";
import { sshKey } from "./ssh-key.ts";
import { tag } from "./tag.ts";
import { vpc } from "./vpc.ts";

/**
 * Stands in for pulumi-digitalocean, a Terraform provider behind Pulumi's bridge, as far as the program uses it.
 * @param pollMs - time between two looks at something that is awaited; the official plugin takes 3–10 s
 * @see https://github.com/digitalocean/terraform-provider-digitalocean/tree/v2.87.0
 */
export function digitalOceanPlugin(env: NodeJS.ProcessEnv = process.env, pollMs = 100): Plugin {
  let client: Client | null = null;
  const tools = {
    pollMs,
    client: (): Client => {
      if (client === null) throw new Error("the digitalocean provider is not configured yet");
      return client;
    },
  };
  return {
    name: "digitalocean",
    version: sdkVersion("digitalocean"),
    config: providerConfig,
    configure: (config) => {
      client = new Client(clientOptions(config, env));
    },
    resources: {
      "digitalocean:index/dnsRecord:DnsRecord": bridged(dnsRecord, tools),
      "digitalocean:index/droplet:Droplet": bridged(droplet, tools),
      "digitalocean:index/firewall:Firewall": bridged(firewall, tools),
      "digitalocean:index/reservedIp:ReservedIp": bridged(reservedIp, tools),
      "digitalocean:index/reservedIpAssignment:ReservedIpAssignment": bridged(
        reservedIpAssignment,
        tools,
      ),
      "digitalocean:index/sshKey:SshKey": bridged(sshKey, tools),
      "digitalocean:index/tag:Tag": bridged(tag, tools),
      "digitalocean:index/vpc:Vpc": bridged(vpc, tools),
    },
    functions: { "digitalocean:index/getDomains:getDomains": getDomains(tools.client) },
  };
}
