import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, eventually, get, kubectl, ssh } from "../support/lab.ts";
import { labels, namespace, testPod, testImage } from "../support/objects.ts";

/** Pods find each other by address and by name. */
export function servicesSuite(): void {
  describe("services and names", () => {
    const where = "e2e-services";
    const inPod = (...command: string[]) =>
      kubectl("exec", "-n", where, "client", "--", ...command);

    beforeAll(async () => {
      const metadata = { name: "web", namespace: where };
      const ports = [{ name: "http", port: 80, targetPort: 8080 }];
      await apply(
        namespace(where),
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata,
          spec: {
            replicas: 2,
            selector: { matchLabels: labels("web") },
            template: {
              metadata: { labels: labels("web") },
              spec: {
                ...testPod(["testserver"]),
                topologySpreadConstraints: [
                  {
                    maxSkew: 1,
                    topologyKey: "kubernetes.io/hostname",
                    whenUnsatisfiable: "DoNotSchedule",
                    labelSelector: { matchLabels: labels("web") },
                  },
                ],
              },
            },
          },
        },
        { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels("web"), ports } },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { ...metadata, name: "headless" },
          spec: { clusterIP: "None", selector: labels("web"), ports },
        },
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "client", namespace: where },
          spec: testPod(["sleep", "infinity"]),
        },
      );
      await kubectl(
        "wait",
        "-n",
        where,
        "deployment/web",
        "--for=condition=Available",
        "--timeout=60s",
      );
      await kubectl("wait", "-n", where, "pod/client", "--for=condition=Ready", "--timeout=60s");
    });
    afterAll(() => kubectl("delete", "namespace", where, "--wait=false"));

    it("run on both workers", async () => {
      const { items } = await get<{ items: { spec: { nodeName: string } }[] }>(
        "pods",
        "-n",
        where,
        "-l",
        "app=web",
      );
      expect(items.map(({ spec }) => spec.nodeName).sort()).toEqual(["worker-1", "worker-2"]);
    });

    it.each(["worker-1", "worker-2"])(
      "are reached by cluster address from %s, on both workers",
      async (node) => {
        const { spec } = await get<{ spec: { clusterIP: string } }>("service", "web", "-n", where);
        const answers = await ssh(
          node,
          `for i in $(seq 1 20); do curl -sf -m 5 http://${spec.clusterIP}/ | head -1; done | sort -u`,
        );
        expect(answers.trim().split("\n")).toHaveLength(2);
      },
    );

    it("are reached by name from a pod", async () => {
      expect(
        await inPod("curl", "-sf", "-m", "5", `http://web.${where}.svc.cluster.local/`),
      ).toContain("web-");
      expect(await inPod("curl", "-sf", "-m", "5", "http://web/")).toContain("web-");
    });

    it("answer for the API's own Service with the first Service address", async () => {
      const answer = await inPod("dig", "+short", "kubernetes.default.svc.cluster.local");
      expect(answer.trim()).toBe("10.32.0.1");
    });

    it("answer for a headless Service with the pods' addresses", async () => {
      const { items } = await get<{ items: { status: { podIP: string } }[] }>(
        "pods",
        "-n",
        where,
        "-l",
        "app=web",
      );
      const answer = await inPod("dig", "+short", `headless.${where}.svc.cluster.local`);
      expect(answer.trim().split("\n").sort()).toEqual(
        items.map(({ status }) => status.podIP).sort(),
      );
    });

    it("answer SRV questions with port and target", async () => {
      const answer = await inPod(
        "dig",
        "+short",
        "SRV",
        `_http._tcp.web.${where}.svc.cluster.local`,
      );
      expect(answer.trim()).toBe(`0 100 80 web.${where}.svc.cluster.local.`);
    });

    it("are served by an image from the mirror", async () => {
      const pod = await eventually(5, () =>
        get<{ spec: { containers: { image: string }[] } }>("pod", "client", "-n", where),
      );
      expect(pod.spec.containers[0]?.image).toBe(testImage);
    });
  });
}
