import { describe, expect, it } from "vitest";
import { get, ssh } from "../support/lab.ts";

interface Node {
  metadata: { name: string; annotations: Record<string, string> };
  spec: { podCIDR: string };
}
const machines = ["master-1", "worker-1", "worker-2"];

/** Nodes, and the network below the pods. */
export function nodesSuite(): void {
  describe("nodes", () => {
    it("have flannel's interface, 50 bytes smaller than the network it runs over", async () => {
      for (const machine of machines) {
        const mtu = (dev: string) => ssh(machine, `cat /sys/class/net/${dev}/mtu`);
        expect(Number(await mtu("flannel.1")), machine).toBe(Number(await mtu("eth1")) - 50);
      }
    });

    it("reach each other's flannel address, the control plane included", async () => {
      for (const from of machines) {
        for (const to of machines.filter((name) => name !== from)) {
          const { podCIDR } = (await get<Node>("node", to)).spec;
          const address = podCIDR.replace(/\/\d+$/, "");
          expect(await ssh(from, `ping -c 1 -W 5 ${address}`)).toContain("1 received");
        }
      }
    });

    it("refuse anonymous requests to their kubelet", async () => {
      const address = (await ssh("worker-1", "ip -4 -o addr show dev eth1")).match(
        /inet ([\d.]+)/,
      )?.[1];
      const status = await ssh(
        "master-1",
        `curl -sk -o /dev/null -w '%{http_code}' https://${address ?? ""}:10250/pods`,
      );
      expect(status).toBe("401");
    });

    it("name the master only for what it is: no pod is ever sent there", async () => {
      const { items } = await get<{ items: { spec: { nodeName?: string } }[] }>("pods", "-A");
      expect(items.map(({ spec }) => spec.nodeName)).not.toContain("master-1");
    });
  });
}
