import { describe, expect, it } from "vitest";
import { eventually, kubectl, reboot, ssh } from "../support/lab.ts";

const units = [
  ["master-1", "etcd"],
  ["master-1", "kube-apiserver"],
  ["master-1", "kube-controller-manager"],
  ["master-1", "kube-scheduler"],
  ["master-1", "flanneld"],
  ["master-1", "node-status"],
  ["worker-1", "api-balancer"],
  ["worker-1", "containerd"],
  ["worker-1", "kubelet"],
  ["worker-1", "kube-proxy"],
] as const;

const pid = async (machine: string, unit: string) =>
  (await ssh(machine, `systemctl show --value -p MainPID ${unit}`)).trim();

async function healthy(): Promise<void> {
  await kubectl("get", "--raw=/readyz");
  await kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=2s");
}

/** What breaks comes back by itself. */
export function resilienceSuite(): void {
  describe("every unit comes back after kill -9", () => {
    it.each(units)("%s %s", async (machine, unit) => {
      const before = await pid(machine, unit);
      await ssh(machine, `kill -9 ${before}`);
      await eventually(60, async () => {
        const now = await pid(machine, unit);
        expect(now).not.toBe("0");
        expect(now).not.toBe(before);
        expect((await ssh(machine, `systemctl is-active ${unit}`)).trim()).toBe("active");
      });
      await eventually(60, healthy);
    });
  });

  describe("a reboot", () => {
    it.each(["worker-1", "master-1"])("of %s brings its services back", async (machine) => {
      await reboot(machine);
      await eventually(90, healthy);
      await eventually(30, () =>
        kubectl(
          "-n",
          "kube-system",
          "wait",
          "deployment/coredns",
          "--for=condition=Available",
          "--timeout=2s",
        ),
      );
      expect(
        (await ssh(machine, "systemctl --failed --no-legend --plain | cut -d' ' -f1")).trim(),
      ).toBe("");
    });
  });
}
