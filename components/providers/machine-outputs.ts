import * as pulumi from "@pulumi/pulumi";
import type { Machine, Machines } from "./machine.ts";

/** One node as the stack's output shows it. */
export interface NodeOutput {
  readonly role: string;
  readonly publicIp: string;
  readonly privateIp: string;
}

/** The cluster's names and the addresses they lead to; undefined when it has none. */
export function dnsRecordsOf({
  names,
}: Machines): pulumi.Output<Record<string, string[]>> | undefined {
  const found = Object.values(names);
  if (found.length === 0) return undefined;
  return pulumi.all(Object.fromEntries(found.map(({ name, addresses }) => [name, addresses])));
}

/** Where HTTP and HTTPS are reached from outside. */
export function ingressAddressesOf({ ingressAddress, workers }: Machines): pulumi.Output<string>[] {
  return ingressAddress === undefined ? workers.map((it) => it.publicIp) : [ingressAddress];
}

/** The nodes by their name. */
export function nodeOutputs(
  machines: readonly Machine[],
): pulumi.Output<Record<string, NodeOutput>> {
  const entries = machines.map(({ node, publicIp, privateIp }) => [
    node.name,
    { role: node.role, publicIp, privateIp },
  ]);
  return pulumi.output(Object.fromEntries(entries) as Record<string, NodeOutput>);
}
