import { operatorsGroup } from "../../components/facts/operators.ts";
import { UsageError } from "../lib/usage.ts";

/** What a certificate's name and Kubernetes both take, without what would mean something in an openssl subject. */
const plain = /^[A-Za-z0-9]([\w.@-]{0,62}[A-Za-z0-9])?$/;

/**
 * Names that are the cluster's own are refused. Whoever may sign could do so by hand: this is against mistakes.
 * @throws UsageError saying what to write
 */
export function checkUser(name: string): void {
  check("--user", name, "write one like alice or alice@example.com");
}

/** As `checkUser`. */
export function checkGroup(name: string): void {
  // For one more operator, for a while.
  if (name !== operatorsGroup) check("--group", name, `write one like dev, or ${operatorsGroup}`);
}

function check(flag: string, name: string, instead: string): void {
  const got = `got ${JSON.stringify(name)}; ${instead}`;
  if (/^(system|hardway|kubeadm):|^kube/i.test(name)) {
    throw new UsageError(`${flag}: a name of the cluster's own, ${got}`);
  }
  if (!plain.test(name)) {
    throw new UsageError(
      `${flag}: not letters, digits, dots, dashes, underscores and @, at most 64, ${got}`,
    );
  }
}
