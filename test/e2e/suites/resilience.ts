import { describe, expect, it } from "vitest";
import { attempt, eventually, kubectl, ssh } from "../support/lab.ts";

const units = [
  ["master-1", "etcd"],
  ["master-1", "kube-apiserver"],
  ["master-1", "kube-controller-manager"],
  ["master-1", "kube-scheduler"],
  ["master-1", "flanneld"],
  ["worker-1", "containerd"],
  ["worker-1", "kubelet"],
  ["worker-1", "kube-proxy"],
] as const;

const pid = async (machine: string, unit: string) =>
  (await ssh(machine, `systemctl show --value -p MainPID ${unit}`)).trim();

async function healthy(): Promise<void> {
  await kubectl("get", "--raw=/readyz");
  await kubectl("wait", "node", "worker-1", "worker-2", "--for=condition=Ready", "--timeout=2s");
}

/** Waits until a machine has booted again: another boot than before. */
async function rebooted(machine: string, before: string): Promise<void> {
  await eventually(60, async () => {
    expect(
      (await ssh(machine, "systemctl show --value -p UserspaceTimestampMonotonic")).trim(),
    ).not.toBe("");
    expect(
      (await ssh(machine, "cat /run/hardway-e2e-boot 2>/dev/null || echo new")).trim(),
    ).not.toBe(before);
  });
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
      // /run is empty after a boot, whoever caused it.
      await ssh(machine, "echo old > /run/hardway-e2e-boot");
      await attempt(["lab", "ssh", machine, "systemctl reboot"]);
      await rebooted(machine, "old");
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
