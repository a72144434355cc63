import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, attempt, eventually, get, kubectl, run } from "../support/lab.ts";
import { namespace, testPod } from "../support/objects.ts";

interface Event {
  reason: string;
  reportingComponent?: string;
  source?: { component?: string };
}

/** Each part of the control plane does its work. */
export function workloadsSuite(): void {
  describe("workloads", () => {
    const where = "e2e-workloads";
    beforeAll(async () => {
      await apply(
        namespace(where),
        {
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: { name: "once", namespace: where },
          spec: { template: { spec: { ...testPod(["echo", "done"]), restartPolicy: "Never" } } },
        },
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "server", namespace: where },
          // above the one CPU of its machine
          spec: testPod(["testserver"], {
            resources: { limits: { cpu: "2" }, requests: { cpu: "10m" } },
          }),
        },
      );
    });
    afterAll(() => kubectl("delete", "namespace", where, "--wait=false"));

    it("run a Job to its end, placed by the scheduler", async () => {
      await kubectl("wait", "-n", where, "job/once", "--for=condition=Complete", "--timeout=60s");
      const { items } = await get<{ items: Event[] }>(
        "events",
        "-n",
        where,
        "--field-selector=reason=Scheduled",
      );
      expect(items.map((it) => it.reportingComponent ?? it.source?.component)).toContain(
        "default-scheduler",
      );
    });

    it("have the default service account, made by the controller manager", async () => {
      await kubectl("get", "serviceaccount", "default", "-n", where);
    });

    it("give their logs", async () => {
      expect(await kubectl("logs", "-n", where, "job/once")).toBe("done\n");
    });

    it("start with a CPU limit above their machine's, and let commands run in them, with input and exit code", async () => {
      await kubectl("wait", "-n", where, "pod/server", "--for=condition=Ready", "--timeout=60s");
      expect(
        await run(["kubectl", "exec", "-i", "-n", where, "server", "--", "cat"], "hello"),
      ).toBe("hello");
      const failed = await attempt([
        "kubectl",
        "exec",
        "-n",
        where,
        "server",
        "--",
        "sh",
        "-c",
        "exit 7",
      ]);
      expect(failed.code).toBe(7);
    });

    it("are reached through a forwarded port", async () => {
      const page = await run([
        "lab",
        "exec",
        "sh",
        "-c",
        `kubectl port-forward -n ${where} pod/server 18080:8080 >/dev/null & forward=$!
         trap 'kill $forward' EXIT
         curl -sf --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:18080/`,
      ]);
      expect(page).toContain("pod server");
    });

    it("are recorded in the audit log, who did it included", async () => {
      await eventually(10, async () => {
        const log = await run([
          "lab",
          "ssh",
          "master-1",
          `grep -c '"username":"kubernetes-admin"' /var/log/kubernetes/audit.log`,
        ]);
        expect(Number(log)).toBeGreaterThan(0);
      });
    });
  });
}
