import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, eventually, get, kubectl } from "../support/lab.ts";
import { demoNamespace } from "../support/demo.ts";
import { ingressAddresses, startLoad } from "../support/page.ts";

interface Autoscaler {
  status: { currentReplicas: number; currentMetrics?: object[] };
}

/** The metrics of metrics-server are good enough to act upon. */
export function autoscaleSuite(): void {
  describe("an autoscaler of the demo", () => {
    let stopLoad: (() => Promise<void>) | undefined;
    const replicas = async () =>
      (await get<Autoscaler>("hpa", "demo", "-n", demoNamespace)).status.currentReplicas;

    beforeAll(() =>
      apply({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "demo", namespace: demoNamespace },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "demo" },
          minReplicas: 2,
          maxReplicas: 4,
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 40 } },
            },
          ],
          behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
        },
      }),
    );
    afterAll(async () => {
      await stopLoad?.();
      await kubectl("delete", "hpa", "demo", "-n", demoNamespace);
    });

    it("sees how busy its pods are", async () => {
      stopLoad = await startLoad(await ingressAddresses());
      await eventually(90, async () => {
        const { status } = await get<Autoscaler>("hpa", "demo", "-n", demoNamespace);
        expect(status.currentMetrics).toHaveLength(1);
      });
    });

    it("adds pods under load", async () => {
      await eventually(120, async () => {
        expect(await replicas()).toBeGreaterThan(2);
      });
      await kubectl("rollout", "status", "--timeout=120s", "-n", demoNamespace, "deployment/demo");
    });

    it("takes them away when the load is gone", async () => {
      await stopLoad?.();
      stopLoad = undefined;
      await eventually(180, async () => {
        expect(await replicas()).toBe(2);
      });
    });
  });
}
