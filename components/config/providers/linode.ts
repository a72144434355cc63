import type { Problems } from "../problems.ts";
import { checkUrl } from "../url.ts";
import { checkCloud } from "./cloud.ts";
import { checkAddresses } from "./linode-addresses.ts";
import type { CheckedProvider, ProviderInput } from "./checked-provider.ts";

const standards = { region: "nl-ams", image: "linode/debian12", size: "g6-nanode-1" };

/** What a stack on Linode says of it. */
export function checkLinode(
  { draft, ownValues, tableOf }: ProviderInput,
  problems: Problems,
): CheckedProvider {
  const kind = "linode";
  const table = tableOf(kind);
  const { region, ...checked } = checkCloud(draft, { kind, table, standards }, problems);
  const url = checkUrl("linode:url", ownValues["url"], "https://api.linode.com", problems);
  const provider = { kind, region, url, privateAddresses: {} } as const;
  return {
    provider,
    settle: (cluster) => ({
      ...provider,
      privateAddresses: checkAddresses(draft, cluster, problems),
    }),
    ...checked,
  };
}
