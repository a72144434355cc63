import { readFlags, requiredStack } from "../lib/usage.ts";
import type { CloudClient } from "./cloud-client.ts";
import { digitalOceanClient } from "./digitalocean.ts";
import type { Api } from "./http.ts";
import { inventoryText, takeInventory } from "./inventory.ts";
import { linodeClient } from "./linode.ts";
import { readStack, type StackFacts } from "./stack.ts";

export const usage = `usage: npm run inventory -- --stack NAME [--json]
  --stack NAME   the stack; $PULUMI_STACK otherwise
  --json         for programs
exit code: 0 the cloud has nothing that the stack does not know, 1 it has (an orphan), 2 it could not be asked`;

export interface InventoryCommand {
  readonly stack: string;
  readonly isJson: boolean;
}

/** @throws UsageError naming the argument and what to write */
export function parseInventoryCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): InventoryCommand {
  const flags = readFlags(argv, { values: ["stack"], switches: ["json"] });
  return { stack: requiredStack(flags.stack, env), isJson: flags.json === true };
}

/** Lists what the cloud has of a stack's cluster; 1 while there is an orphan. */
export async function inventory({ stack, isJson }: InventoryCommand, dir: string): Promise<number> {
  const facts = await readStack(dir, stack, process.env);
  const client = clientOf(facts);
  if (client === null) {
    const none = { known: [], orphans: [], ghosts: [], unclear: [] };
    const text = `stack ${stack} is on hosts that are there already: nothing of it bills`;
    console.log(isJson ? json(stack, facts, none) : text);
    return 0;
  }
  const found = await takeInventory(client, facts);
  console.log(
    isJson
      ? json(stack, facts, found)
      : inventoryText(found, { client: client.name, stack, facts }),
  );
  return found.orphans.length > 0 ? 1 : 0;
}

function json(stack: string, { provider, tag, interrupted }: StackFacts, found: object): string {
  return JSON.stringify({ stack, provider, tag, ...found, interrupted }, undefined, 2);
}

/**
 * Who is to be asked; null when the stack rents nothing.
 * @throws Error when there is no token, or no such provider
 */
export function clientOf({ provider, endpoint, token, tokenKey }: StackFacts): CloudClient | null {
  const api = (base: string): Api => {
    if (token === null) throw new Error(`token: missing; set ${tokenKey}`);
    return { base: base.replace(/\/+$/, ""), token, tokenKey };
  };
  switch (provider) {
    case "digitalocean":
      return digitalOceanClient(api(endpoint ?? "https://api.digitalocean.com"));
    case "linode": {
      const base = (endpoint ?? "https://api.linode.com").replace(/\/v4(beta)?\/*$/, "");
      return linodeClient(api(`${base.replace(/\/+$/, "")}/v4`));
    }
    case "existing":
      return null;
    default:
      throw new Error(
        `hardway:provider: unknown provider, got "${provider}"; use digitalocean, linode or existing`,
      );
  }
}
