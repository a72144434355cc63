import { describe, expect, it } from "vitest";
import { aptProxyEnv, debianUri } from "../machines/apt-mirror.ts";
import { hierarchies, isUnified } from "../machines/cgroups.ts";

const v1Mounts = `25 20 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
26 25 0:23 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
27 25 0:24 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
28 25 0:25 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
29 25 0:26 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

describe("the cgroup hierarchies of a host", () => {
  it("are all v1 controllers and the empty unified one, each at this process's own group", () => {
    const all = hierarchies(v1Mounts, "4:memory:/job/7\n2:cpu:/\n1:name=systemd:/\n0::/\n");
    expect(all.map(({ own }) => own)).toEqual([
      "/sys/fs/cgroup/cpu/",
      "/sys/fs/cgroup/memory/job/7",
      "/sys/fs/cgroup/systemd/",
      "/sys/fs/cgroup/unified/",
    ]);
    expect(isUnified(all)).toBe(false);
  });

  it("know controllers that share a mount, and use a second mount of the same once", () => {
    const mounts = `1 1 0:1 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
2 1 0:1 / /elsewhere rw - cgroup cgroup rw,cpu,cpuacct
`;
    expect(hierarchies(mounts, "3:cpu,cpuacct:/user\n")).toEqual([
      {
        version: "v1",
        mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
        own: "/sys/fs/cgroup/cpu,cpuacct/user",
      },
    ]);
  });

  it("are one on a v2 host", () => {
    const mounts = "30 25 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const all = hierarchies(mounts, "0::/user.slice/session-1.scope\n");
    expect(all.map(({ own }) => own)).toEqual(["/sys/fs/cgroup/user.slice/session-1.scope"]);
    expect(isUnified(all)).toBe(true);
  });

  it("are seen below the group that a container has mounted", () => {
    const mounts = "30 25 0:26 /docker/c1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    expect(hierarchies(mounts, "0::/docker/c1/job\n")[0]?.own).toBe("/sys/fs/cgroup/job");
    expect(hierarchies(mounts, "0::/docker/c1\n")[0]?.own).toBe("/sys/fs/cgroup/");
    expect(hierarchies(mounts, "0::/docker/c2\n")).toEqual([]);
  });
});

describe("the Debian mirror of a host", () => {
  const deb822 = `# the base system
Types: deb
# a comment in between
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

  it.each([
    ["deb822", deb822, "http://mirror.example/debian"],
    ["one line", "deb http://m.example/debian trixie main contrib\n", "http://m.example/debian"],
    [
      "options",
      "deb [arch=amd64 signed-by=/k] https://m.example/d stable main\n",
      "https://m.example/d",
    ],
    [
      "after security",
      "deb http://s.example/s bookworm-security main\ndeb http://m.example/d bookworm main\n",
      "http://m.example/d",
    ],
    ["another distribution", "deb http://archive.example/ubuntu noble main\n", undefined],
    ["sources only", "deb-src http://m.example/debian bookworm main\n", undefined],
    ["without main", "deb http://m.example/debian bookworm contrib\n", undefined],
    ["disabled", `Enabled: no\n${deb822}`, undefined],
    ["commented out", "# deb http://m.example/debian bookworm main\n", undefined],
  ])("is read from a sources file: %s", (_, text, expected) => {
    expect(debianUri(text)).toBe(expected);
  });

  it("is asked through apt's proxies", () => {
    const dump = `Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::Proxy "DIRECT";
Acquire::http::Proxy::local.example "DIRECT";
`;
    expect(aptProxyEnv(dump)).toEqual({ http_proxy: "http://proxy.example:3128" });
  });
});
