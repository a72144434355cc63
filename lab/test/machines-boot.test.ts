import { describe, expect, it } from "vitest";
import { labNamed } from "../lib/paths.ts";
import type { MachineSpec } from "../machines/spec.ts";
import type { Command } from "../lib/host-programs.ts";
import { chosenCpus, onCpus } from "../machines/cpus.ts";
import { machineDir } from "../machines/machine-dir.ts";
import { nspawnCommand, supervisorEnv } from "../machines/nspawn.ts";
import { seedFiles } from "../machines/seed.ts";

const lab = labNamed("unit");
const spec: MachineSpec = {
  id: "m1001",
  hostname: "master-1",
  image: "debian-12",
  vcpus: 1,
  memoryMib: 1024,
  publicIp: "10.240.1.0",
  privateIp: "10.10.0.2",
  privateCidr: "10.10.0.0/20",
  userData: "#cloud-config\nssh_keys: {ed25519_private: SECRET}\n",
  authorizedKeys: ["ssh-ed25519 AAAA operator"],
};

// Does not prove that nspawn and cloud-init understand it: see test/e2e.
describe("the launcher of a machine", () => {
  const command = nspawnCommand(lab, spec, machineDir(lab, spec.id));

  it("boots the machine's disk under a name that holds the lab", () => {
    expect(command).toEqual(
      expect.arrayContaining([
        "--boot",
        "--machine=hardway-unit-m1001",
        "--hostname=master-1",
        "--directory=/var/lib/hardway/unit/machines/m1001/root",
      ]),
    );
  });

  it("ends on a reboot instead of rebooting by itself, so that the supervisor gives it a fresh cgroup", () => {
    expect(command).toContain("--keep-unit");
    expect(command).toContain("--register=no");
  });

  it("joins the machine's own namespace and makes no interfaces", () => {
    expect(command).toContain("--network-namespace-path=/run/netns/hardway-unit-m1001");
    expect(command.join(" ")).not.toMatch(/--network-(veth|bridge|interface|zone)/);
  });

  it("keeps containerd's data off the overlay", () => {
    expect(command).toContain(
      "--bind=/var/lib/hardway/unit/machines/m1001/containerd:/var/lib/containerd",
    );
  });
});

describe("the environment of a supervisor", () => {
  const host = {
    rootfs: "/image",
    cgroupBases: ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory/a"],
    cpus: "",
  };

  it("gives 1 vCPU as one whole period and 1 GB in bytes", () => {
    const env = supervisorEnv(lab, spec, host);
    expect(env["CPU_QUOTA_US"]).toBe(env["CPU_PERIOD_US"]);
    expect(env["MEMORY_BYTES"]).toBe("1073741824");
    expect(env["CGROUP_BASES"]).toBe("/sys/fs/cgroup/cpu:/sys/fs/cgroup/memory/a");
    expect(env["CGROUP_GROUP"]).toBe("hardway-unit");
  });

  it("scales the quota with the vCPUs", () => {
    const env = supervisorEnv(lab, { ...spec, vcpus: 2 }, host);
    expect(Number(env["CPU_QUOTA_US"])).toBe(2 * Number(env["CPU_PERIOD_US"]));
  });

  it.each([
    ["m1001", 1, "0-1", "1"],
    ["m1002", 1, "0-1", "0"],
    ["m1001", 2, "0-3", "2,3"],
    ["m1001", 1, "1,4-5", "5"],
    ["m1001", 4, "0-1", "0,1"],
    ["first", 1, "3", "3"],
  ])("gives %s with %d vCPUs, of %s, the processors %s", (id, vcpus, allowed, expected) => {
    const status = `Cpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed:\t1\n`;
    expect(chosenCpus({ ...spec, id, vcpus }, status)).toBe(expected);
  });

  it("has no quota where processors are the limit: Pods may ask for more than a machine has", () => {
    const pinned = supervisorEnv(lab, spec, { ...host, cpus: "1" });
    expect(pinned["CPU_QUOTA_US"]).toBe("-1");
    const command: Command = ["sh", "-c", "true"];
    expect(onCpus("1", command)).toEqual(["taskset", "--cpu-list", "1", ...command]);
    expect(onCpus("", command)).toEqual(command);
  });

  it("has no eth1 without a VPC", () => {
    const env = supervisorEnv(lab, { ...spec, privateIp: null, privateCidr: null }, host);
    expect([env["PRIVATE_IP"], env["PRIVATE_PREFIX"]]).toEqual(["", ""]);
    expect(supervisorEnv(lab, spec, host)["PRIVATE_PREFIX"]).toBe("20");
  });

  it("holds no user data: everyone may read the environment of some processes", () => {
    expect(JSON.stringify(supervisorEnv(lab, spec, host))).not.toContain("SECRET");
  });
});

describe("the seed of a disk", () => {
  const files = new Map(
    seedFiles(spec, "0123456789abcdef0123456789abcdef").map((file) => [file.path, file]),
  );
  const seed = "var/lib/cloud/seed/nocloud";

  it("hands on the user data byte for byte, readable by root only", () => {
    expect(files.get(`${seed}/user-data`)).toMatchObject({ content: spec.userData, mode: 0o600 });
  });

  it("names the machine and its keys in the meta data", () => {
    const metaData: unknown = JSON.parse(files.get(`${seed}/meta-data`)?.content ?? "");
    expect(metaData).toMatchObject({
      "local-hostname": "master-1",
      "public-keys": ["ssh-ed25519 AAAA operator"],
    });
  });

  it("has an instance id of its own for every disk, and the same at every boot", () => {
    const instance = (machineId: string) =>
      seedFiles(spec, machineId).find(({ path }) => path.endsWith("meta-data"))?.content;
    expect(instance("a".repeat(32))).toBe(instance("a".repeat(32)));
    expect(instance("a".repeat(32))).not.toBe(instance("b".repeat(32)));
  });

  it("gives the machine an id of its own: kubelets report it", () => {
    expect(files.get("etc/machine-id")?.content).toBe("0123456789abcdef0123456789abcdef\n");
    expect(files.get("etc/hostname")?.content).toBe("master-1\n");
  });
});

describe("the directory of a machine", () => {
  it.each(["../x", "", "toolongname", "M1"])("fails on the id %j", (id) => {
    expect(() => machineDir(lab, id)).toThrow(/not a short name/);
  });
});
