import * as v from "valibot";
import { askAs } from "../lib/api.ts";
import { readOperator } from "../lib/operator.ts";
import { table } from "../lib/table.ts";
import { readFlags, requiredStack } from "../lib/usage.ts";

export const usage = `usage: npm run backups -- --stack NAME
  --stack NAME   the stack; $PULUMI_STACK otherwise
exit code: 0 each control-plane machine has saved etcd within three hours, 1 one has not, 2 the cluster could not be asked`;

/** @throws UsageError naming the argument and what to write */
export function parseBackupsCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): { readonly stack: string } {
  const flags = readFlags(argv, { values: ["stack"], switches: [] });
  return { stack: requiredStack(flags.stack, env) };
}

const nodeList = v.object({
  items: v.array(
    v.object({
      metadata: v.object({ name: v.string() }),
      status: v.object({
        conditions: v.optional(
          v.array(
            v.object({ type: v.string(), status: v.string(), message: v.optional(v.string()) }),
          ),
          [],
        ),
      }),
    }),
  ),
});

/** What a control-plane machine says of its backups. */
export interface MachineBackups {
  readonly machine: string;
  readonly isFine: boolean;
  /** In the machine's own words. */
  readonly says: string;
}

/** Says of each control-plane machine what its Node says of its backups. 1 while one is without. */
export async function backups({ stack }: { readonly stack: string }, dir: string): Promise<number> {
  const ask = askAs(await readOperator(stack, dir));
  const selector = encodeURIComponent("node-role.kubernetes.io/control-plane");
  const { status, body } = await ask("GET", `/api/v1/nodes?labelSelector=${selector}`);
  if (status !== 200) throw new Error(`${stack}: the API server answered ${status}`);
  const all = backupsOf(body);
  const rows = all.map(({ machine, isFine, says }) => [machine, isFine ? "ok" : "MISSING", says]);
  console.log(table([["machine", "", "/var/lib/etcd-backups"], ...rows]).join("\n"));
  return all.length > 0 && all.every(({ isFine }) => isFine) ? 0 : 1;
}

/** @throws Error when it is not a list of Nodes */
export function backupsOf(body: unknown): readonly MachineBackups[] {
  return v.parse(nodeList, body).items.map(({ metadata, status }) => {
    const of = (wanted: string) => status.conditions.find(({ type }) => type === wanted);
    const missing = of("BackupsMissing");
    // What a machine that is down last said is no news.
    const isThere = of("Ready")?.status !== "Unknown";
    return {
      machine: metadata.name,
      isFine: isThere && missing?.status === "False",
      says: `${isThere ? "" : "the machine says nothing any more; "}${missing?.message ?? "not known"}`,
    };
  });
}
