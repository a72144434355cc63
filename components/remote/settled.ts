import { commandLine } from "../lib/shell.ts";
import { scriptCommand, step } from "./step.ts";
import type { Settle } from "../providers/machine.ts";
import type { ClusterSpec } from "../spec.ts";

/** What a machine that was switched off is waited for: that its etcd is in sync again. Its etcd may not have run before. */
const untilEtcdIsBack = `systemctl is-enabled --quiet etcd || exit 0
for _ in $(seq 300); do
  if curl --fail --silent --output /dev/null --max-time 2 http://127.0.0.1:2381/readyz; then exit 0; fi
  sleep 1
done
echo "$(hostname): etcd is not back after its machine got another size; the others keep theirs until it is" >&2
exit 1`;

/**
 * Lets the machines of a control plane of several get another size in turn: each is switched off only when the one before is a
 * member of etcd again. The first start of all is together.
 * @param existing - names of the steps in the stack's state
 */
export const settleInTurn =
  ({ controlPlane }: Pick<ClusterSpec, "controlPlane">, existing: ReadonlySet<string>): Settle =>
  (machine, opts) => {
    if (controlPlane.nodes.length === 1) return [];
    const name = `${machine.node.name}-settled`;
    const settled = step(
      name,
      {
        machine,
        // Another size is another command, and an update. Not on stdin: what ends without reading it may break the connection.
        run: commandLine("true", machine.node.size.slug),
        onUpdate: scriptCommand(machine, untilEtcdIsBack),
      },
      opts,
    );
    return existing.has(name) ? [settled] : [];
  };
