import { contains, parseCidr, parseIpv4 } from "../../lib/cidr.ts";
import { parseHostName } from "../../lib/dns-names.ts";
import type { ExistingSpec, HostSpec, LoginSpec } from "../../spec.ts";
import { standardNodeCidr } from "../network.ts";
import type { Problems } from "../problems.ts";
import { checkRange } from "../number-range.ts";
import type { Draft } from "../schema.ts";
import { entriesOf, groups, type Entry } from "./entries.ts";
import { checkHostKey, checkPrivateKey } from "./ssh.ts";
import type { CheckedProvider, ProviderInput } from "./checked-provider.ts";

/** What a stack on existing hosts says of them. */
export function checkExisting(
  { draft, ownValues }: ProviderInput,
  problems: Problems,
): CheckedProvider {
  refuseCloudKeys(draft, problems);
  checkPrivateKey("existing:privateKey", ownValues["privateKey"], problems);
  return {
    provider: { kind: "existing", hosts: checkHosts(draft, problems) },
    machinery: {
      standardSize: "existing",
      standardImage: "",
      sizeOf: (_path, slug) => ({ slug, vcpus: 0, memoryMib: 0, diskGib: 0, monthlyUsd: 0 }),
      imageOf: () => "amd64",
    },
    reservedCidrs: [],
  };
}

/** What only a cloud can give. */
function refuseCloudKeys(draft: Draft, problems: Problems): void {
  const { controlPlane = {}, workers = {} } = draft;
  const given: Readonly<Record<string, unknown>> = {
    region: draft.region,
    image: draft.image,
    allowUnknownSize: draft.allowUnknownSize,
    "controlPlane.size": controlPlane.size,
    "controlPlane.image": controlPlane.image,
    "workers.size": workers.size,
    "workers.image": workers.image,
    ...Object.fromEntries(
      entriesOf(draft).map(({ path, node }) => [`${path}.size`, node.size] as const),
    ),
  };
  for (const [path, got] of Object.entries(given)) {
    // These are how Pulumi.yaml says: nothing.
    if (got === undefined || got === "" || got === false) continue;
    problems.add(path, { wrong: "existing hosts are as they are", got, fix: "remove it" });
  }
  const theirs = {
    operatorCidrs: [
      draft.operatorCidrs,
      "remove it, and open the ports that docs/existing.md lists",
    ],
    "firewall.rules": [draft.firewall?.rules, "remove it, and open these ports there"],
  } as const;
  for (const [path, [given = [], fix]] of Object.entries(theirs)) {
    if (given.length === 0) continue;
    problems.add(path, { wrong: "the firewall of existing hosts is yours", fix });
  }
}

function checkHosts(draft: Draft, problems: Problems): ExistingSpec["hosts"] {
  for (const key of groups) {
    const path = `${key}.nodes`;
    if (draft[key]?.nodes !== undefined || !problems.areSound(path)) continue;
    const fix = `write one entry per host, e.g. [{name: ${key === "workers" ? "worker" : "master"}-1, host: {address: 203.0.113.10, hostKey: ssh-ed25519 AAAA…}}]`;
    problems.add(path, { wrong: "missing: no machine is made on existing hosts", fix });
  }
  const nodeCidr = draft.nodeCidr ?? standardNodeCidr;
  const hosts: Record<string, HostSpec> = {};
  const taken = new Map<string, string>();
  for (const { path, node } of entriesOf(draft)) {
    const host = checkHost(path, node.host, nodeCidr, problems);
    if (host === null) continue;
    if (node.name !== undefined) hosts[node.name] = host;
    const addresses = {
      privateAddress: host.privateAddress,
      // The same address may be another host behind another port or bastion.
      address: `${host.address}:${host.port} ${host.bastion?.address ?? ""}`,
    };
    for (const [what, address] of Object.entries(addresses)) {
      const [owner, at] = [taken.get(`${what} ${address}`), `${path}.host.${what}`];
      if (owner !== undefined && problems.areSound(at)) {
        const wrong = `also the ${what} of ${owner}`;
        const fix = "give every node a host of its own";
        problems.add(at, { wrong, got: address.split(":")[0], fix });
      }
      taken.set(`${what} ${address}`, owner ?? path);
    }
  }
  return hosts;
}

type HostDraft = NonNullable<Entry["node"]["host"]>;

function checkHost(
  nodePath: string,
  host: HostDraft | undefined,
  nodeCidr: string,
  problems: Problems,
): HostSpec | null {
  const path = `${nodePath}.host`;
  if (host === undefined) {
    const fix = "write {address: 203.0.113.10, hostKey: ssh-ed25519 AAAA…}";
    if (problems.areSound(path)) problems.add(path, { wrong: "missing", fix });
    return null;
  }
  const login = checkLogin(path, host, problems);
  const { architecture = "amd64", bastion, sudo = login.user !== "root" } = host;
  if (architecture !== "amd64" && architecture !== "arm64") {
    const fix = "write amd64 or arm64";
    problems.add(`${path}.architecture`, { wrong: "unknown", got: architecture, fix });
  }
  if (!sudo && login.user !== "root") {
    const wrong = `${login.user} is not root`;
    problems.add(`${path}.sudo`, { wrong, got: sudo, fix: "leave it out, or log in as root" });
  }
  return {
    ...login,
    privateAddress: checkPrivateAddress(path, host, nodeCidr, problems),
    sudo,
    bastion: bastion === undefined ? null : checkLogin(`${path}.bastion`, bastion, problems),
  };
}

function checkLogin(
  path: string,
  login: NonNullable<HostDraft["bastion"]>,
  problems: Problems,
): LoginSpec {
  const { address: got, user = "root", port = 22 } = login;
  const address = got === undefined || parseIpv4(got) !== null ? got : parseHostName(got);
  if (address === undefined) {
    const fix = "write an address, e.g. 203.0.113.10";
    if (problems.areSound(`${path}.address`)) {
      problems.add(`${path}.address`, { wrong: "missing", fix });
    }
  } else if (address === null) {
    const fix = "write one such as 203.0.113.10 or worker-1.example.com";
    const wrong = "neither an IPv4 address nor a DNS name";
    problems.add(`${path}.address`, { wrong, got, fix });
  }
  if (!isUser(user)) {
    problems.add(`${path}.user`, { wrong: "not a user", got: user, fix: "write one such as root" });
  }
  checkRange(`${path}.port`, port, [1, 65535], problems);
  const hostKey = checkHostKey(`${path}.hostKey`, login.hostKey, problems);
  return { address: address ?? "", user, port, hostKey };
}

/** Whether a text can be a login. Those of a directory are also john.doe, jane@corp.example.com and CORP\jane. */
function isUser(text: string): boolean {
  return (
    text.length <= 256 &&
    /^[\p{L}\p{N}_.@+$\\-]+$/u.test(text) &&
    !text.startsWith("-") &&
    !text.endsWith("\\")
  );
}

function checkPrivateAddress(
  path: string,
  host: HostDraft,
  nodeCidr: string,
  problems: Problems,
): string {
  const key = host.privateAddress === undefined ? "address" : "privateAddress";
  const got = host[key];
  const at = `${path}.${key}`;
  if (got === undefined || !problems.areSound(at)) return "";
  const address = parseIpv4(got);
  const range = parseCidr(nodeCidr);
  if (address === null) {
    const fix =
      key === "address"
        ? "add privateAddress, the host's IPv4 address in the network of the nodes"
        : "write one such as 10.10.0.11";
    problems.add(at, { wrong: "not an IPv4 address", got, fix });
  } else if (range !== null && !contains(range, { first: address, prefix: 32 })) {
    const near = `${got.replace(/\.\d+$/, ".0")}/24`;
    const fix = `write the address in the network that the nodes share${key === "address" ? " as privateAddress" : ""}, or nodeCidr: ${near}, if that is the network`;
    problems.add(at, { wrong: `not in nodeCidr ${nodeCidr}`, got, fix });
  }
  return got;
}
