import { afterAll, describe, expect, it } from "vitest";
import { apply, attempt, eventually, get, kubectl, ssh } from "../support/lab.ts";
import { labels, namespace, testPod } from "../support/objects.ts";

interface Node {
  status: { conditions: { type: string; status: string; message: string }[] };
}
interface DaemonSet {
  status: { desiredNumberScheduled: number; numberReady: number };
}

const ready = async () =>
  (await get<Node>("node", "master-1")).status.conditions.find(({ type }) => type === "Ready");

/** The control plane's Node: no kubelet, and yet neither a trap for pods nor a lie. */
export function controlPlaneNodeSuite(): void {
  describe("the control plane's Node", () => {
    const where = "e2e-everywhere";
    afterAll(() => kubectl("delete", "namespace", where, "--wait=false"));

    it("is Ready like any other", async () => {
      await kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=30s");
    });

    it("gets no pod of a DaemonSet that tolerates everything, whose rollout ends", async () => {
      await apply(namespace(where), {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: "agent", namespace: where },
        spec: {
          selector: { matchLabels: labels("agent") },
          template: {
            metadata: { labels: labels("agent") },
            spec: { ...testPod(["sleep", "infinity"]), tolerations: [{ operator: "Exists" }] },
          },
        },
      });
      await kubectl("rollout", "status", "-n", where, "daemonset/agent", "--timeout=60s");
      const { status } = await get<DaemonSet>("daemonset", "-n", where, "agent");
      expect(status).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2 });
    });

    it("refuses a pod that names it, past the scheduler", async () => {
      const pod = { ...testPod(["sleep", "infinity"]), nodeName: "master-1" };
      const manifest = { apiVersion: "v1", kind: "Pod", metadata: { name: "lost" }, spec: pod };
      const { code, stderr } = await attempt(
        ["kubectl", "create", "-n", where, "-f", "-"],
        JSON.stringify(manifest),
      );
      expect(code).not.toBe(0);
      expect(stderr).toContain("master-1 has no kubelet that could run a pod");
    });

    it("says which service is not healthy, and is Ready again after it", async () => {
      await ssh("master-1", "systemctl stop kube-scheduler");
      try {
        await eventually(40, async () => {
          expect(await ready()).toMatchObject({
            status: "False",
            message: "not healthy: kube-scheduler",
          });
        });
      } finally {
        await ssh("master-1", "systemctl start kube-scheduler");
      }
      await eventually(40, async () => {
        expect(await ready()).toMatchObject({ status: "True" });
      });
    });

    it("does not stay Ready when nobody reports", async () => {
      await ssh("master-1", "systemctl stop node-status");
      try {
        await eventually(90, async () => {
          expect(await ready()).toMatchObject({ status: "Unknown" });
        });
      } finally {
        await ssh("master-1", "systemctl start node-status");
      }
      expect(await ready()).toMatchObject({ status: "True" });
    });

    it("gives each service its share of the machine's memory, and Go less than systemd", async () => {
      const show = async (property: string) =>
        Number(await ssh("master-1", `systemctl show --value -p ${property} kube-apiserver`));
      const mib = 2 ** 20;
      expect((await show("MemoryMax")) / mib).toBeCloseTo(1024 * 0.59, -1);
      expect((await show("MemoryHigh")) / mib).toBeCloseTo(1024 * 0.44, -1);
      const env = await ssh("master-1", "cat /run/hardway/kube-apiserver.env");
      expect(env.trim()).toBe("GOMEMLIMIT=378MiB");
    });
  });
}
