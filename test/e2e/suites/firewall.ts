import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../support/clouds.ts";
import { publicAddresses } from "../support/demo.ts";
import { eventually, get, run, ssh } from "../support/lab.ts";

const stranger = "stranger";

/**
 * Every port that a node of ours has open on some interface, and one of the NodePort range.
 * @see https://kubernetes.io/docs/reference/networking/ports-and-protocols/
 */
const ports = [22, 80, 443, 2379, 2380, 6443, 10_250, 10_256, 10_257, 10_259, 30_080];

const doors = {
  "master-1": { world: [], operator: [22, 6443] },
  "worker-1": { world: [80, 443], operator: [22, 80, 443] },
  "worker-2": { world: [80, 443], operator: [22, 80, 443] },
} as const;
const machines = Object.keys(doors) as readonly (keyof typeof doors)[];

/** One line for each port that takes a connection; asks all of them at once. */
const probe = (address: string): string =>
  `for port in ${ports.join(" ")}; do
     (timeout 3 bash -c "</dev/tcp/${address}/$port" 2>/dev/null && echo $port) &
   done; wait`;
const readPorts = (text: string): readonly number[] =>
  text
    .split("\n")
    .filter((line) => /^\d+$/.test(line))
    .map(Number)
    .sort((a, b) => a - b);

/** Who may reach which port of a node, seen from a machine outside of the cluster and from the operator's side. */
export function firewallSuite(cloud: Cloud): void {
  describe("the firewall", () => {
    let addresses: Readonly<Record<string, string>> = {};
    const privateAddress: Record<string, string> = {};

    beforeAll(async () => {
      addresses = await publicAddresses();
      const outputs = await run(["pulumi", "stack", "output", "nodes", "--json"]);
      const nodes = JSON.parse(outputs) as Record<string, { privateIp: string }>;
      for (const name of machines) privateAddress[name] = nodes[name]?.privateIp ?? "";
      // Where no daemon listens, a helper does: a closed port must be the firewall's doing.
      for (const name of machines) await ssh(name, listeners("start"));
      await cloud.makeStranger(stranger);
      await eventually(60, async () => {
        const made = (await cloud.machines()).find(({ name }) => name === stranger);
        expect(made?.isReady).toBe(true);
        await ssh(stranger, "true");
      });
    });
    afterAll(async () => {
      for (const name of machines) await ssh(name, listeners("stop"));
      const made = (await cloud.machines()).find(({ name }) => name === stranger);
      if (made !== undefined) await cloud.remove(made.id);
    });

    it.each(machines)("has something behind every port of %s", async (name) => {
      const inside = "for h in 127.0.0.1 ADDRESS; do PROBE; done"
        .replace("ADDRESS", privateAddress[name] ?? "")
        .replace("PROBE", probe("$h"));
      expect([...new Set(readPorts(await ssh(name, inside)))]).toEqual(ports);
    });

    it.each(machines)("lets the world reach no more of %s than it serves", async (name) => {
      const open = readPorts(await ssh(stranger, probe(addresses[name] ?? "")));
      expect(open).toEqual(doors[name].world);
    });

    it.each(machines)("lets the operator log in to %s", async (name) => {
      const said = await run(["lab", "exec", "sh", "-c", probe(addresses[name] ?? "")]);
      expect(readPorts(said)).toEqual(doors[name].operator);
    });

    it("has no way for a stranger to the private network", async () => {
      for (const name of machines) {
        const address = privateAddress[name] ?? "";
        expect(readPorts(await ssh(stranger, probe(address))), name).toEqual([]);
      }
    });

    it("keeps a stranger's packets out of the pod network", async () => {
      const count = (who: string, from: string) =>
        ssh(
          "worker-1",
          `nft add table inet e2e
           nft add chain inet e2e in '{ type filter hook prerouting priority raw; }'
           nft add rule inet e2e in ip saddr ${from} udp dport 8472 counter comment ${who}`,
        );
      const seen = async (who: string) =>
        Number(
          /packets (\d+)/.exec(
            (await ssh("worker-1", "nft list chain inet e2e in"))
              .split("\n")
              .find((line) => line.includes(`"${who}"`)) ?? "",
          )?.[1] ?? "-1",
        );
      const own = (await ssh(stranger, "hostname -I")).trim().split(" ")[0] ?? "";
      await count("stranger", own);
      await count("neighbour", privateAddress["worker-2"] ?? "");
      try {
        const send = (address: string) =>
          `for i in 1 2 3; do echo hello | nc -u -w 1 -q 0 ${address} 8472; done`;
        await ssh(stranger, send(addresses["worker-1"] ?? ""));
        await ssh("worker-2", send(privateAddress["worker-1"] ?? ""));
        // the neighbour's packets were sent later: once they are there, the stranger's would be
        await eventually(10, async () => {
          expect(await seen("neighbour")).toBeGreaterThanOrEqual(3);
        });
        expect(await seen("stranger")).toBe(0);
      } finally {
        await ssh("worker-1", "nft delete table inet e2e");
      }
    });
  });

  describe("a cluster behind its firewall", () => {
    it("has nodes that reach each other all the same", async () => {
      const { items } = await get<{ items: { spec: { nodeName: string } }[] }>(
        ...["pods", "-n", "kube-system", "-l", "k8s-app=kube-dns"],
      );
      expect(new Set(items.map(({ spec }) => spec.nodeName)).size).toBe(2);
    });
  });
}

/** Starts or stops something on each port that has nothing yet. */
function listeners(verb: "start" | "stop"): string {
  return verb === "stop"
    ? "systemctl stop 'e2e-port-*'; true"
    : `for port in ${ports.join(" ")}; do
         ss -Hltn "sport = :$port" | grep -q . ||
           systemd-run --quiet --unit "e2e-port-$port" socat "TCP-LISTEN:$port,fork,reuseaddr" SYSTEM:true
       done`;
}
