import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../support/clouds.ts";
import { publicAddresses } from "../support/demo.ts";
import { apply, editStack, eventually, get, kubectl, pulumi, run, ssh } from "../support/lab.ts";
import { namespace, testPod } from "../support/objects.ts";
import type { Target } from "../support/target.ts";

const stranger = "stranger";

/**
 * Every port that a node of ours has open on some interface, and one of the NodePort range.
 * @see https://kubernetes.io/docs/reference/networking/ports-and-protocols/
 */
const ports = [22, 80, 443, 2379, 2380, 6443, 10_250, 10_256, 10_257, 10_259, 30_080];

const worker = {
  world: [80, 443],
  operator: [22, 80, 443],
  neighbour: [80, 443, 10_250, 30_080],
} as const;
const doors = {
  "master-1": { world: [], operator: [22, 6443], neighbour: [6443] },
  "worker-1": worker,
  "worker-2": worker,
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
export function firewallSuite({ stack, cloud }: Target & { readonly cloud: Cloud }): void {
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

    it.each(machines)("lets another node reach no more of %s than nodes must", async (name) => {
      const neighbour = name === "worker-1" ? "worker-2" : "worker-1";
      const open = readPorts(await ssh(neighbour, probe(privateAddress[name] ?? "")));
      expect(open).toEqual(doors[name].neighbour);
    });

    it("lets in what the stack's own rules say, as long as they do", async () => {
      const own = (await ssh(stranger, "hostname -I")).trim().split(" ")[0] ?? "";
      const undo = editStack(stack, (values) => ({
        ...values,
        "hardway:firewall": { rules: [{ ports: ["tcp/30080"], from: [`${own}/32`] }] },
      }));
      const open = async () => readPorts(await ssh(stranger, probe(addresses["worker-1"] ?? "")));
      try {
        await pulumi("up", "--yes", "--skip-preview");
        expect(await open()).toEqual([...worker.world, 30_080]);
        expect(readPorts(await ssh(stranger, probe(addresses["master-1"] ?? "")))).toEqual([]);
      } finally {
        undo();
        await pulumi("up", "--yes", "--skip-preview");
      }
      expect(await open()).toEqual(worker.world);
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
    const where = "e2e-node-ports";
    const port = 30_053;
    /** Private addresses of the nodes that have NodePorts. */
    const workers: string[] = [];

    beforeAll(async () => {
      const { items } = await get<{
        items: { status: { addresses: { type: string; address: string }[] } }[];
      }>("nodes", "-l", "!node-role.kubernetes.io/control-plane");
      for (const { status } of items) {
        const address = status.addresses.find(({ type }) => type === "InternalIP")?.address;
        if (address !== undefined) workers.push(address);
      }
      await apply(
        namespace(where),
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "client", namespace: where },
          spec: testPod(["testserver"]),
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "e2e-dns", namespace: "kube-system" },
          spec: {
            type: "NodePort",
            selector: { "k8s-app": "kube-dns" },
            ports: ["UDP", "TCP"].map((protocol) => ({
              name: protocol.toLowerCase(),
              protocol,
              port: 53,
              targetPort: protocol === "UDP" ? "dns" : "dns-tcp",
              nodePort: port,
            })),
          },
        },
      );
      const ready = ["--for=condition=Ready", "--timeout=60s"];
      await kubectl("wait", "-n", where, "pod/client", ...ready);
    });
    afterAll(async () => {
      await kubectl("delete", "service", "-n", "kube-system", "e2e-dns");
      await kubectl("delete", "namespace", where, "--wait=false");
    });

    it("has nodes that reach each other all the same", async () => {
      const { items } = await get<{ items: { spec: { nodeName: string } }[] }>(
        ...["pods", "-n", "kube-system", "-l", "k8s-app=kube-dns"],
      );
      expect(new Set(items.map(({ spec }) => spec.nodeName)).size).toBe(2);
    });

    it.each(["+notcp", "+tcp"])("has NodePorts for Pods, at every node: dig %s", async (how) => {
      expect(workers).toHaveLength(2);
      const dig = ["dig", how, "+short", "+time=2", "+tries=2", "-p", String(port)];
      for (const address of workers) {
        const name = "kubernetes.default.svc.cluster.local";
        const exec = ["exec", "-n", where, "client", "--", ...dig, `@${address}`, name];
        expect((await kubectl(...exec)).trim(), address).toBe("10.32.0.1");
      }
    });

    it.each(["UDP", "TCP"])("has NodePorts for nodes, at every node: %s", async (protocol) => {
      // For the root's name servers: only that there is an answer counts. A stream has the length before it.
      const question = String.raw`\0\1\1\0\0\1\0\0\0\0\0\0\0\0\2\0\1`;
      const length = protocol === "TCP" ? String.raw`\0\21` : "";
      for (const from of ["master-1", "worker-1", "worker-2"]) {
        for (const to of workers) {
          const line = `printf '${length}${question}' | socat -t 1 - ${protocol}:${to}:${port} | wc -c`;
          expect(Number(await ssh(from, line)), `${from} to ${to}`).toBeGreaterThanOrEqual(17);
        }
      }
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
