import { cloudRequest } from "./cloud.ts";
import type { Session } from "./session.ts";
import { stringOf, type ConfiguredHost, type StackConfig } from "./stack-config.ts";

interface LabRecord {
  readonly id: number;
  readonly name: string;
  readonly data: string;
}

interface Group {
  readonly nodes?: readonly { readonly name: string; readonly host?: ConfiguredHost }[];
}

/**
 * Names that a stack on hosts which are there already wants pointed, by the name in its zone: what its user does by hand, at
 * whoever serves their zone.
 */
export function wantedRecords(
  { config }: StackConfig,
  stackName: string,
): Readonly<Record<string, readonly string[]>> {
  const domain = stringOf(config["hardway:domain"]);
  if (domain === "") return {};
  const cluster = stringOf(config["hardway:clusterName"]) || stackName;
  const addressesIn = (key: string) =>
    ((config[key] as Group | undefined)?.nodes ?? []).flatMap(({ host }) => host?.address ?? []);
  const demo = stringOf((config["hardway:demo"] as { host?: unknown } | undefined)?.host);
  const page = demo === "" ? `demo.${cluster}.${domain}` : demo;
  const workers = addressesIn("hardway:workers");
  return {
    [`api.${cluster}`]: addressesIn("hardway:controlPlane"),
    ...(page.endsWith(`.${domain}`) ? { [page.slice(0, -domain.length - 1)]: workers } : {}),
  };
}

/** Points them in the zone of the lab's DigitalOcean, and takes away what leads elsewhere. */
export async function pointNames(
  session: Session,
  domain: string,
  wanted: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  if (domain === "") return;
  const path = `/v2/domains/${domain}/records`;
  const { body } = await cloudRequest(session, "GET", `${path}?per_page=200`);
  const { domain_records: records } = body as { domain_records: readonly LabRecord[] };
  for (const [name, addresses] of Object.entries(wanted)) {
    const present = records.filter((record) => record.name === name);
    for (const { id, data } of present) {
      if (!addresses.includes(data)) await cloudRequest(session, "DELETE", `${path}/${id}`);
    }
    for (const data of addresses) {
      if (present.some((record) => record.data === data)) continue;
      const made = { type: "A", name, data, ttl: 120 };
      const { status } = await cloudRequest(session, "POST", path, { body: made });
      if (status !== 201) throw new Error(`POST ${path}: got ${status}`);
    }
  }
}
