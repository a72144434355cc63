import type { FirewallArgs, FirewallState } from "@pulumi/linode/firewall.js";
import type { input } from "@pulumi/linode/types/index.js";
import type { Problem } from "../lib/bridge/resource.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import { isList, isMap, type PropertyMap } from "../lib/values.ts";
import { known, lengthBetween, notEmptyList, notEmptyText, oneOf } from "./problems.ts";

const rule = {
  label: { type: "string", required: true },
  action: { type: "string", required: true },
  protocol: { type: "string", required: true },
  description: { type: "string" },
  ports: { type: "string" },
  ipv4s: { type: { list: "string" } },
  ipv6s: { type: { list: "string" } },
} as const satisfies Record<keyof input.FirewallInbound, PropertySpec>;

const inputs = {
  label: { type: "string", required: true },
  inboundPolicy: { type: "string", required: true },
  outboundPolicy: { type: "string", required: true },
  disabled: { type: "boolean" },
  inbounds: { type: { list: { object: rule } } },
  outbounds: { type: { list: { object: rule } } },
  linodes: { type: { list: "number" }, computed: true },
  nodebalancers: { type: { list: "number" }, computed: true },
  tags: { type: { list: "string" } },
} as const satisfies Record<keyof FirewallArgs, PropertySpec>;

const output = { computed: true, outputOnly: true } as const;

/**
 * Inputs and outputs of a Firewall.
 * @see https://github.com/linode/terraform-provider-linode/blob/v3.1.1/linode/firewall/framework_schema_resource.go
 */
export const firewallTable = {
  ...inputs,
  created: { type: "string", ...output },
  updated: { type: "string", ...output },
  devices: { type: { list: "any" }, ...output },
  status: { type: "string", ...output },
} as const satisfies Record<keyof FirewallState, PropertySpec>;

const override =
  "This setting can be overridden by updating the inbound.action property for an individual Firewall Rule.";

/** What the check says of inputs that are missing. */
export const firewallDescriptions = {
  label:
    "The label for the Firewall. For display purposes only. If no label is provided, a default will be assigned.",
  inboundPolicy: `The default behavior for inbound traffic. ${override}`,
  outboundPolicy: `The default behavior for outbound traffic. ${override.replace("inbound", "outbound")}`,
} as const;

const verdicts = ["ACCEPT", "DROP"] as const;
const labelLength = [3, 32] as const;

export function firewallProblems(given: PropertyMap): readonly Problem[] {
  const policy = (name: string, tf: string) =>
    oneOf(known(given, name), { at: name, tf }, verdicts);
  return [
    ...lengthBetween(known(given, "label"), { at: "label", tf: "label" }, labelLength),
    ...policy("inboundPolicy", "inbound_policy"),
    ...policy("outboundPolicy", "outbound_policy"),
    ...rulesProblems(given, "inbound"),
    ...rulesProblems(given, "outbound"),
  ];
}

function rulesProblems(given: PropertyMap, direction: "inbound" | "outbound"): readonly Problem[] {
  const rules = given[`${direction}s`];
  return (isList(rules) ? rules : []).flatMap((item, index) => {
    if (!isMap(item)) return [];
    const place = (name: string, tf = name) => ({
      at: `${direction}s[${index}].${name}`,
      tf: `${direction}[${index}].${tf}`,
    });
    return [
      ...lengthBetween(known(item, "label"), place("label"), labelLength),
      ...oneOf(known(item, "action"), place("action"), verdicts),
      ...oneOf(known(item, "protocol"), place("protocol"), ["TCP", "UDP", "ICMP", "IPENCAP"]),
      ...notEmptyText(known(item, "ports"), place("ports")),
      ...notEmptyList(known(item, "ipv4s"), place("ipv4s", "ipv4")),
      ...notEmptyList(known(item, "ipv6s"), place("ipv6s", "ipv6")),
    ];
  });
}
