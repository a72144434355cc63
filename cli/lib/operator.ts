import * as v from "valibot";
import { pulumi } from "./pulumi.ts";

const kubeconfig = v.object({
  apiVersion: v.literal("v1"),
  kind: v.literal("Config"),
  "current-context": v.string(),
  clusters: v.pipe(
    v.array(
      v.object({
        name: v.string(),
        cluster: v.object({ server: v.string(), "certificate-authority-data": v.string() }),
      }),
    ),
    v.minLength(1),
  ),
  users: v.tuple([
    v.object({
      name: v.string(),
      user: v.object({ "client-certificate-data": v.string(), "client-key-data": v.string() }),
    }),
  ]),
  contexts: v.array(
    v.object({ name: v.string(), context: v.object({ cluster: v.string(), user: v.string() }) }),
  ),
});

/** Secret. The kubeconfig that a stack's `pulumi up` gave its operator. */
export type Operator = v.InferOutput<typeof kubeconfig>;

/** @throws Error when it is not what this program exports; nothing of it is in the message */
export function operatorOf(stack: string, output: string): Operator {
  try {
    return v.parse(kubeconfig, JSON.parse(output));
  } catch {
    throw new Error(
      `${stack}: its output "kubeconfig" is none; is it a stack of this program, and was \`pulumi up\` run?`,
    );
  }
}

/**
 * Asks a stack for its operator's kubeconfig.
 * @param dir - where the program is
 */
export async function readOperator(stack: string, dir: string): Promise<Operator> {
  const output = await pulumi(dir, [
    ...["stack", "output", "kubeconfig", "--show-secrets"],
    ...["--non-interactive", "--stack", stack],
  ]);
  return operatorOf(stack, output);
}
