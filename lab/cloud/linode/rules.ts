import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type { Body } from "../body.ts";
import type { FirewallRule, RuleSet } from "../model.ts";
import { list, object, objects, requiredText, text, texts } from "./body.ts";
import type { Policy, RuleSetText, RuleText } from "./details.ts";
import { notInLab, refused } from "./errors.ts";
import { checkedLabel, labelRules } from "./labels.ts";

const maxRules = 25;
const maxPortPieces = 15;

/** A rule set as it was given, and what it means. */
export interface CheckedRules {
  readonly given: RuleSetText;
  readonly inbound: RuleSet;
  readonly outbound: RuleSet;
}

/**
 * Reads a whole rule set.
 * @throws ApiError 400
 * @see https://techdocs.akamai.com/linode-api/reference/put-firewall-rules
 */
export function checkedRules(body: Body): CheckedRules {
  const inbound = checkedSide(body, "inbound");
  const outbound = checkedSide(body, "outbound");
  if (inbound.given.length + outbound.given.length > maxRules) {
    throw refused(`A firewall may have at most ${maxRules} rules`, "rules");
  }
  return {
    given: {
      inbound: inbound.given,
      inbound_policy: inbound.policy,
      outbound: outbound.given,
      outbound_policy: outbound.policy,
    },
    inbound: inbound.meaning,
    outbound: outbound.meaning,
  };
}

/** A rule set as answers have it; the fingerprint is the same for the same rules. */
export function rulesView(given: RuleSetText, version: number) {
  const digest = createHash("sha256").update(JSON.stringify(given)).digest("hex");
  return { ...given, version, fingerprint: digest.slice(0, 8) };
}

function checkedSide(body: Body, side: "inbound" | "outbound") {
  const policy = checkedPolicy(requiredText(body, `${side}_policy`), `${side}_policy`);
  const pairs = objects(body, side).map((rule, index) => checkedRule(rule, `${side}[${index}]`));
  return {
    policy,
    given: pairs.map(([given]) => given),
    meaning: {
      rules: pairs.flatMap(([, meaning]) => meaning),
      otherwise: verdictOf(policy),
    } satisfies RuleSet,
  };
}

function checkedRule(rule: Body, field: string): readonly [RuleText, FirewallRule[]] {
  const action = checkedPolicy(requiredText(rule, "action"), `${field}.action`);
  const protocol = checkedProtocol(requiredText(rule, "protocol"), `${field}.protocol`);
  const addresses = checkedAddresses(object(rule, "addresses"), `${field}.addresses`);
  const ports = text(rule, "ports") ?? "";
  if (protocol === "icmp" && ports !== "") {
    throw refused("Ports are not allowed for ICMP protocols", `${field}.ports`);
  }
  const given: RuleText = {
    action,
    label: checkedLabel(rule, labelRules.rule, null, "rules") ?? "",
    description: text(rule, "description") ?? "",
    protocol: protocol.toUpperCase(),
    ...(ports === "" ? {} : { ports }),
    addresses,
  };
  const peers = {
    addresses: [...(addresses.ipv4 ?? []), ...(addresses.ipv6 ?? [])],
    tags: [],
    machineIds: [],
  };
  const meaning = checkedPorts(ports, `${field}.ports`).map((range): FirewallRule => ({
    verdict: verdictOf(action),
    protocol,
    ports: range,
    peers,
  }));
  return [given, meaning];
}

const verdictOf = (policy: Policy) => (policy === "ACCEPT" ? "accept" : "drop");

function checkedPolicy(policy: string, field: string): Policy {
  if (policy === "ACCEPT" || policy === "DROP") return policy;
  throw refused("Must be one of ACCEPT, DROP", field);
}

function checkedProtocol(protocol: string, field: string): FirewallRule["protocol"] {
  switch (protocol) {
    case "TCP":
      return "tcp";
    case "UDP":
      return "udp";
    case "ICMP":
      return "icmp";
    case "IPENCAP":
      throw notInLab("protocol IPENCAP of a firewall rule", field);
    default:
      throw refused("Must be one of TCP, UDP, ICMP, IPENCAP", field);
  }
}

/** E.g. "22, 80, 6000-7000"; "" stands for all. */
function checkedPorts(ports: string, field: string): FirewallRule["ports"][] {
  if (ports === "") return [null];
  const pieces = ports.split(",").map((piece) => piece.trim());
  if (pieces.length > maxPortPieces) {
    throw refused(`At most ${maxPortPieces} ports and ranges are allowed`, field);
  }
  return pieces.map((piece) => {
    const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(piece) ?? [];
    const range = [Number(first), Number(last)] as const;
    const isRange = range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535;
    if (!isRange) throw refused("Ports must be 1-65535, alone, in ranges or in lists", field);
    return range;
  });
}

/** Families that were not given are left out: the official provider compares. */
function checkedAddresses(addresses: Body, field: string): RuleText["addresses"] {
  const family = (name: "ipv4" | "ipv6", version: 4 | 6): RuleText["addresses"] => {
    if (addresses[name] === undefined || addresses[name] === null) return {};
    const bad = texts(addresses, name).find((address) => !isNetwork(address, version));
    if (bad !== undefined) {
      throw refused(`Must contain only valid IPv${version} addresses or networks`, field);
    }
    return { [name]: texts(addresses, name) };
  };
  if (list(addresses, "ipv4").length + list(addresses, "ipv6").length === 0) {
    throw refused("Must have at least one address", field);
  }
  return { ...family("ipv4", 4), ...family("ipv6", 6) };
}

function isNetwork(address: string, version: 4 | 6): boolean {
  const [ip = "", prefix, ...rest] = address.split("/");
  const bits = version === 4 ? 32 : 128;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(ip) === version && isPrefix && rest.length === 0;
}
