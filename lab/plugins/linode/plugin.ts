import { bridged } from "../lib/bridge/bridged.ts";
import { failing } from "../lib/bridge/failing.ts";
import type { Plugin } from "../lib/plugin.ts";
import { sdkVersion } from "../lib/versions.ts";
import { Client } from "./client.ts";
import { clientOptions, providerConfig } from "./config.ts";
import { domainRecord } from "./domain-record.ts";
import { getDomains } from "./domains.ts";
import { firewallDevice } from "./firewall-device.ts";
import { firewall } from "./firewall.ts";
import { instance } from "./instance.ts";
import { getRegion } from "./region.ts";
import { sshKey } from "./ssh-key.ts";
import { vpcSubnet } from "./vpc-subnet.ts";
import { vpc } from "./vpc.ts";

/**
 * Stands in for pulumi-linode, a Terraform provider behind Pulumi's bridge, as far as the program uses it.
 * @see https://github.com/linode/terraform-provider-linode/tree/v3.1.1
 */
export function linodePlugin(env: NodeJS.ProcessEnv = process.env): Plugin {
  let configured: Client | null = null;
  const client = (): Client => {
    if (configured === null) throw new Error("the linode provider is not configured yet");
    return configured;
  };
  const tools = {
    client,
    get pollMs(): number {
      return client().options.eventPollMs;
    },
  };
  return {
    name: "linode",
    version: sdkVersion("linode"),
    config: providerConfig,
    configure: async (config, { signal }) => {
      configured = new Client(clientOptions(config, env));
      // the official plugin asks this too, so a wrong token is found before anything is done
      await configured
        .request("GET", "/linode/types?page=100", signal)
        .catch(failing("Error connecting to the Linode API"));
    },
    resources: {
      "linode:index/domainRecord:DomainRecord": bridged(domainRecord, tools),
      "linode:index/firewall:Firewall": bridged(firewall, tools),
      "linode:index/firewallDevice:FirewallDevice": bridged(firewallDevice, tools),
      "linode:index/instance:Instance": bridged(instance, tools),
      "linode:index/sshKey:SshKey": bridged(sshKey, tools),
      "linode:index/vpc:Vpc": bridged(vpc, tools),
      "linode:index/vpcSubnet:VpcSubnet": bridged(vpcSubnet, tools),
    },
    functions: {
      "linode:index/getDomains:getDomains": getDomains(client),
      "linode:index/getRegion:getRegion": getRegion(client),
    },
  };
}
