import * as pulumi from "@pulumi/pulumi";
import { firstOf } from "../lib/first.ts";
import type { Machines } from "../providers/machine.ts";

/** Where the API servers are reached from outside, by who asks; each is a URL without a path. */
export interface ApiAddresses {
  /** For people and for this program: what their kubeconfig says. */
  readonly operator: pulumi.Output<string>;
  /** Every API server from outside, by its machine's name. */
  readonly byMaster: Readonly<Record<string, pulumi.Output<string>>>;
  /** Machines to which `operator` never leads. */
  readonly others: readonly string[];
}

/**
 * The name leads to every API server, so that clients get past one that is down. Without a name there is one machine, the first
 * unless the stack says which: nobody is asked, for a plan must not depend on who answers.
 * @param apiMaster - name of the machine to use; null: the name, or the first
 */
export function apiAddresses(machines: Machines, apiMaster: string | null): ApiAddresses {
  const { controlPlane, names } = machines;
  const byMaster = Object.fromEntries(
    controlPlane.map(({ node, publicIp }) => [node.name, urlOf(publicIp)]),
  );
  const used = apiMaster ?? firstOf(controlPlane).node.name;
  const useName = names.api !== undefined && apiMaster === null;
  return {
    operator: useName ? urlOf(names.api.served) : urlOf(addressOf(used, machines)),
    byMaster,
    others: useName ? [] : Object.keys(byMaster).filter((name) => name !== used),
  };
}

/** The address that leads to the first machine wherever it is, or else the machine's own. */
function addressOf(name: string, { controlPlane, apiAddress }: Machines): pulumi.Output<string> {
  const first = firstOf(controlPlane);
  if (apiAddress !== undefined && first.node.name === name) return apiAddress;
  return controlPlane.find(({ node }) => node.name === name)?.publicIp ?? first.publicIp;
}

function urlOf(address: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.interpolate`https://${address}:6443`;
}
