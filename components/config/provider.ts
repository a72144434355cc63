import { closest, suggestion } from "../lib/suggest.ts";
import type { ProviderSpec } from "../spec.ts";
import { checkDigitalOcean } from "./providers/digitalocean.ts";
import { checkExisting } from "./providers/existing.ts";
import { checkLinode } from "./providers/linode.ts";
import type { CheckedProvider, ProviderInput } from "./providers/checked-provider.ts";
import type { Problems } from "./problems.ts";
import type { Draft } from "./schema.ts";

type Kind = ProviderSpec["kind"];

/** One per provider, which is also the list of them; one that is missing does not compile. */
const checks: Readonly<
  Record<Kind, (input: ProviderInput, problems: Problems) => CheckedProvider>
> = {
  digitalocean: checkDigitalOcean,
  linode: checkLinode,
  existing: checkExisting,
};

/** The providers there are. */
export const providers = Object.keys(checks) as readonly Kind[];

/** Keys of each provider's own namespace that are read; a plugin's other keys have no effect here. */
const ownKeys: Readonly<Record<Kind, readonly string[]>> = {
  digitalocean: ["token", "apiEndpoint"],
  linode: ["token", "url"],
  existing: ["privateKey"],
};

/** The kind of provider; an unknown one is reported and taken for the default. */
export function checkKind(draft: Draft, problems: Problems): Kind {
  const got = draft.provider ?? "digitalocean";
  if (isProvider(got)) return got;
  problems.add("provider", { wrong: "unknown provider", got, fix: suggestion(got, providers) });
  return "digitalocean";
}

function isProvider(name: string): name is Kind {
  return (providers as readonly string[]).includes(name);
}

/** Everything about the provider of the stack. */
export function checkProvider(
  kind: Kind,
  input: ProviderInput,
  problems: Problems,
): CheckedProvider {
  return checks[kind](input, problems);
}

/**
 * Finds keys of a provider's namespace that are not read: unknown ones, and all of the other providers.
 * A value is never shown: it may be a token at the wrong place.
 * @param keys - with their namespace, e.g. `linode:token`
 */
export function checkOwnKeys(kind: Kind, keys: readonly string[], problems: Problems): void {
  if (!problems.areSound("provider")) return;
  for (const key of keys) {
    const [namespace = "", name = ""] = key.split(":");
    if (!isProvider(namespace)) continue;
    if (namespace !== kind) {
      const wrong = `this stack's provider is ${kind}`;
      problems.add(key, { wrong, fix: `remove it, or write hardway:provider: ${namespace}` });
    } else if (!ownKeys[kind].includes(name)) {
      const meant = closest(name, ownKeys[kind]);
      const known = ownKeys[kind].map((own) => `${kind}:${own}`).join(", ");
      const fix = meant === null ? `use one of ${known}` : `did you mean "${kind}:${meant}"?`;
      problems.add(key, { wrong: "unknown key", fix });
    }
  }
}
