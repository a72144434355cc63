import type { Problems } from "../problems.ts";
import { checkUrl } from "../url.ts";
import { checkCloud } from "./cloud.ts";
import type { CheckedProvider, ProviderInput } from "./checked-provider.ts";

const standards = { region: "fra1", image: "debian-12-x64", size: "s-1vcpu-1gb" };

/** What a stack on DigitalOcean says of it. */
export function checkDigitalOcean(
  { draft, ownValues, tableOf }: ProviderInput,
  problems: Problems,
): CheckedProvider {
  const kind = "digitalocean";
  const table = tableOf(kind);
  const { region, ...checked } = checkCloud(draft, { kind, table, standards }, problems);
  const apiEndpoint = checkUrl(
    "digitalocean:apiEndpoint",
    ownValues["apiEndpoint"],
    "https://api.digitalocean.com",
    problems,
  );
  const { api = false, ingress = false } = draft.reservedIps ?? {};
  return { provider: { kind, region, apiEndpoint, reservedIps: { api, ingress } }, ...checked };
}
