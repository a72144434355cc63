import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readAsset } from "../components/lib/assets.ts";

/*
 * How a machine's memory is shared out. Does not prove that systemd takes its percentages of the same memory as our scripts:
 * the lab does.
 */
const controlPlane = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "flanneld",
];
const worker = ["containerd", "kubelet", "kube-proxy"];

/** Per cent of the machine's memory, as the unit says it. */
function shareOf(unit: string, pattern: RegExp): number {
  const found = pattern.exec(readAsset(`units/${unit}.service`));
  return found === null ? Number.NaN : Number(found[1]);
}
const goShare = (unit: string) =>
  shareOf(unit, /^ExecStartPre=\+.*\/limit-go-memory\.sh %p (\d+)$/m);
const high = (unit: string) => shareOf(unit, /^MemoryHigh=(\d+)%$/m);
const max = (unit: string) => shareOf(unit, /^MemoryMax=(\d+)%$/m);
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe.each([...controlPlane, ...worker])("%s", (unit) => {
  it("has the share of the machine at which Go collects garbage early", () => {
    expect(goShare(unit)).toBeGreaterThan(0);
    expect(readAsset(`units/${unit}.service`)).toContain(
      "\nEnvironmentFile=-/run/hardway/%p.env\n",
    );
  });

  it("has no limit that fits one size of machine only", () => {
    const text = readAsset(`units/${unit}.service`);
    expect(text).not.toMatch(/^Memory\w+=\d+[KMG]?$/m);
    expect(text).not.toContain("GOMEMLIMIT=");
  });
});

describe("the control plane's services", () => {
  it.each(controlPlane)(
    "%s: Go collects before systemd slows it down, and slow comes before dead",
    (unit) => {
      expect(goShare(unit)).toBeLessThan(high(unit));
      expect(high(unit)).toBeLessThan(max(unit));
    },
  );

  it("leave room for the operating system when each is as large as it may be without being slowed down", () => {
    expect(sum(controlPlane.map(high))).toBeLessThanOrEqual(93);
    expect(sum(controlPlane.map(goShare))).toBeLessThanOrEqual(70);
  });

  it("have at 1 GiB what was measured to be enough", () => {
    const mib = (share: number) => Math.round((1024 * share) / 100);
    expect(Object.fromEntries(controlPlane.map((unit) => [unit, mib(max(unit))]))).toEqual({
      etcd: 307,
      "kube-apiserver": 604,
      "kube-controller-manager": 225,
      "kube-scheduler": 133,
      flanneld: 102,
    });
  });
});

describe("on a machine", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "hardway-memory-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  /** Runs a script as it is, but for where it finds and puts things. */
  function run(script: string, args: readonly string[], machine: Machine): void {
    for (const name of ["lib.sh", script]) {
      const text = readAsset(`scripts/${name}`)
        .replaceAll("/usr/local/lib/hardway", root)
        .replaceAll("/etc/kubernetes", root)
        .replaceAll("/run/hardway", join(root, "run"))
        .replaceAll("/proc/meminfo", join(root, "meminfo"))
        .replaceAll("/sys/fs/cgroup", join(root, "cgroup"))
        .replaceAll("root:root", `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`);
      writeFileSync(join(root, name), text);
    }
    writeFileSync(join(root, "meminfo"), `MemTotal: ${machine.mib * 1024} kB\nMemFree: 1 kB\n`);
    for (const [file, content] of Object.entries(machine.limits ?? {})) {
      mkdirSync(join(root, "cgroup", file, ".."), { recursive: true });
      writeFileSync(join(root, "cgroup", file), `${content}\n`);
    }
    const { status, stderr } = spawnSync("sh", [join(root, script), ...args], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  }
  interface Machine {
    readonly mib: number;
    readonly limits?: Readonly<Record<string, string>>;
  }
  const gib = (count: number) => String(count * 2 ** 30);

  it.each<[string, Machine, number]>([
    ["a small VPS", { mib: 1024 }, 378],
    ["a large one", { mib: 16_384 }, 6062],
    ["a container with a limit, cgroup v2", { mib: 24_000, limits: { "memory.max": gib(1) } }, 378],
    ["a container without", { mib: 1024, limits: { "memory.max": "max" } }, 378],
    [
      "a container with a limit, cgroup v1",
      { mib: 24_000, limits: { "memory/memory.limit_in_bytes": gib(1) } },
      378,
    ],
    [
      "the root group of cgroup v1",
      { mib: 1024, limits: { "memory/memory.limit_in_bytes": "9223372036854771712" } },
      378,
    ],
  ])("such as %s, Go is told its share", (_, machine, mib) => {
    run("limit-go-memory.sh", ["kube-apiserver", "37"], machine);
    const env = readFileSync(join(root, "run/kube-apiserver.env"), "utf8");
    expect(env).toBe(`GOMEMLIMIT=${mib}MiB\n`);
  });

  /** What kubelet keeps from pods, in MiB: system, kube, eviction. */
  function reservations(mib: number): number[] {
    run("reserve-memory.sh", [], { mib });
    const file = join(root, "kubelet.conf.d/20-memory.conf");
    const config = parse(readFileSync(file, "utf8")) as Record<string, Record<string, string>>;
    expect(config).toMatchObject({
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
    });
    return [
      config["systemReserved"]?.["memory"],
      config["kubeReserved"]?.["memory"],
      config["evictionHard"]?.["memory.available"],
    ].map((text) => Number(/^(\d+)Mi$/.exec(text ?? "")?.[1]));
  }

  it("of 1 GB the kubelet reserves what was measured, though the kernel shows a little less", () => {
    expect(reservations(1024)).toEqual([100, 150, 50]);
    expect(reservations(967)).toEqual([100, 150, 50]);
  });

  it("that is larger the kubelet reserves more, but a smaller part", () => {
    expect(reservations(4096)).toEqual([130, 303, 80]);
    expect(reservations(16_384)).toEqual([253, 918, 203]);
    const part = [1024, 2048, 4096, 8192, 16_384].map((mib) => sum(reservations(mib)) / mib);
    expect(part).toEqual([...part].sort((a, b) => b - a));
  });
});
