import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { machinePackages } from "../machines/rootfs.ts";

const machines = join(import.meta.dirname, "..", "machines");
const image = (path: string): string => readFileSync(join(machines, "rootfs", path), "utf8");

// Does not prove that the image boots: see test/e2e.
describe("the machines' image", () => {
  const cloud = parse(image("etc/cloud/cloud.cfg.d/90-lab.cfg")) as Record<string, unknown>;

  it("takes user data from the disk only, and leaves the network to the hypervisor", () => {
    expect(cloud["datasource_list"]).toEqual(["NoCloud", "None"]);
    expect(cloud["network"]).toEqual({ config: "disabled" });
  });

  it("lets root log in with the given keys, as a Droplet does", () => {
    expect(cloud["disable_root"]).toBe(false);
    expect(image("etc/ssh/sshd_config.d/90-lab.conf")).toMatch(
      /^PermitRootLogin prohibit-password$/m,
    );
  });

  it("keeps both halves of runcmd: one writes the script, the other runs it", () => {
    expect(cloud["cloud_config_modules"]).toContain("runcmd");
    expect(cloud["cloud_final_modules"]).toContain("scripts-user");
  });

  it("starts sshd after the stage of cloud-init that installs host keys", () => {
    expect(image("etc/systemd/system/ssh.service.d/90-lab.conf")).toMatch(
      /^After=cloud-init\.service$/m,
    );
  });

  it("gives cloud-init no reason to restart sshd for ssh_pwauth", () => {
    expect(image("etc/ssh/sshd_config.d/50-cloud-init.conf")).toMatch(
      /^PasswordAuthentication no$/m,
    );
  });

  it("makes cgroups writable before any service is started", () => {
    const unit = image("etc/systemd/system/lab-guest.service");
    expect(unit).toMatch(/^DefaultDependencies=no$/m);
    expect(unit).toMatch(/^Before=sysinit\.target ssh\.service$/m);
    const script = /^ExecStart=\/(\S+)$/m.exec(unit)?.[1] ?? "";
    expect(statSync(join(machines, "rootfs", script)).isFile()).toBe(true);
  });

  it("has no file or directory of the program's: a fresh cloud image has none", () => {
    const files = readdirSync(join(machines, "rootfs"), { recursive: true, encoding: "utf8" });
    expect(files.filter((path) => /hardway|kube|containerd|etcd/.test(path))).toEqual([]);
    const configure = readFileSync(join(machines, "rootfs-configure.sh"), "utf8");
    expect(configure).not.toMatch(/hardway|kube|containerd|etcd/);
  });

  it("holds what kube-proxy and kubelet call", () => {
    expect(machinePackages).toEqual(
      expect.arrayContaining(["conntrack", "ipset", "iptables", "nftables", "socat", "kmod"]),
    );
  });
});

describe("the shell scripts of the machines", () => {
  const scripts = [
    ...readdirSync(machines).filter((name) => name.endsWith(".sh")),
    "rootfs/usr/lib/lab-guest/early.sh",
  ];

  it.each(scripts)("%s parses", (name) => {
    expect(() => execFileSync("sh", ["-n", join(machines, name)], { stdio: "pipe" })).not.toThrow();
  });

  it("supervisor.sh is read whole before it runs: an update must not change a running one", () => {
    const text = readFileSync(join(machines, "supervisor.sh"), "utf8");
    expect(text.endsWith('\nmain "$@"; exit\n')).toBe(true);
  });
});
