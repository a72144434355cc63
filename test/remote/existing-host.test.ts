import { spawnSync } from "node:child_process";
import {
  lstatSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";

/*
 * Runs the scripts for hosts that are there already as they are, from stdin, but with all absolute paths below a
 * temporary directory and with a host that is played. Does not prove that systemd, iptables and umount do what they are
 * told: the lab does.
 */
let root: string;
const path = (name: string) => join(root, name);
const roots = ["etc", "var", "opt", "run", "usr/local", "usr/libexec", "lib", "proc", "sys"];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hardway-host-"));
  for (const dir of [...roots, "bin", "run/systemd/system", "var/lib", "sys/module", "proc/self"]) {
    mkdirSync(path(dir), { recursive: true });
  }
  goodHost();
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(name: string, text = ""): void {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), text);
}

const read = (name: string) => readFileSync(path(name), "utf8");

/** Puts a program of this name before the real one. */
function play(program: string, script: string): void {
  put(`bin/${program}`, `#!/bin/sh\n${script}\n`);
  chmodSync(path(`bin/${program}`), 0o755);
}

/** A host on which nothing is wrong. */
function goodHost(): void {
  put("etc/os-release", 'ID=debian\nVERSION_ID="12"\n');
  put("proc/meminfo", "MemTotal:        1000000 kB\n");
  put("proc/self/mountinfo", "");
  put("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
  for (const part of ["overlay", "br_netfilter", "vxlan", "nf_conntrack", "nf_tables"]) {
    mkdirSync(path(`sys/module/${part}`));
  }
  play("id", 'case "$*" in -u) echo 0 ;; -un) echo root ;; *) exit 1 ;; esac');
  play("uname", "case $1 in -m) echo x86_64 ;; *) echo 6.1.0 ;; esac");
  play("df", "echo head; echo /dev/vda 1 1 20000000 1% /");
  play("curl", 'LC_ALL=C date -u "+Date: %a, %d %b %Y %H:%M:%S GMT"');
  play("ip", `echo "2: eth1    inet 10.10.0.21/20 brd x"; echo "$*" >> ${path("calls")}`);
  play("ss", "true");
  play("sleep", "true");
  play("iptables-save", "true");
  play("nft", "true");
  play("iptables", `[ "$4" = --delete ] && echo "iptables $*" >> ${path("calls")}`);
  for (const program of ["containerd", "dockerd", "kubelet", "docker"])
    rmSync(path(`bin/${program}`), { force: true });
  for (const program of ["systemctl", "userdel", "umount"]) {
    play(program, `echo "${program} $*" >> ${path("calls")}`);
  }
  play("sysctl", `case $1 in -n) echo 0 ;; *) echo "sysctl $*" >> ${path("calls")} ;; esac`);
  play("mountpoint", "exit 1");
  for (const family of ["iptables", "ip6tables"]) {
    play(`${family}-nft-save`, "true");
    play(`${family}-nft-restore`, `cat >> ${path(`${family}-restored`)}`);
  }
}

/** Every absolute path of ours below the root; those of the tools stay. */
function below(text: string): string {
  return text.replaceAll(
    /(?<![\w}*$])\/(etc|var|opt|run|usr\/local|usr\/libexec|usr\/lib|lib|proc|sys)(?=[/ '"\n])/g,
    (found) => root + found,
  );
}

function run(script: string, args: readonly string[], before = "") {
  const env = { ...process.env, PATH: `${path("bin")}:/usr/bin:/bin` };
  const input = before + below(readAsset(`scripts/${script}`));
  const result = spawnSync("sh", ["-s", "--", ...args], { input, env, encoding: "utf8" });
  const said = result.stderr.replaceAll(root, "").split("\n");
  return { ...result, lines: said.filter((line) => line !== "") };
}

describe("preflight.sh", () => {
  const look = (settings: Record<string, string> = {}) => {
    const given = {
      origins: "https://files.example",
      programs: "containerd kubelet",
      ports: "tcp/10250 udp/8472",
      pod_cidr: "10.244.0.0/16",
      ...settings,
    };
    const before = Object.entries(given).map(([key, value]) => `${key}='${value}'\n`);
    before.push(below(readAsset("scripts/preflight-network.sh")));
    return run("preflight.sh", ["worker-1", "amd64", "10.10.0.21", "hardway-a"], before.join(""));
  };

  it("says nothing of a host on which nothing is wrong", () => {
    expect(look()).toMatchObject({ status: 0, stderr: "" });
  });

  it("says everything that is wrong at once, each with what to do", () => {
    put("etc/os-release", "ID=centos\nVERSION_ID=9\n");
    rmSync(path("run/systemd"), { recursive: true });
    put("proc/meminfo", "MemTotal: 500000 kB\n");
    put("sys/fs/cgroup/cgroup.controllers", "cpuset cpu pids\n");
    rmSync(path("sys/module/vxlan"), { recursive: true });
    play("df", "echo head; echo /dev/vda 1 1 2000000 1% /");
    play("uname", "case $1 in -m) echo aarch64 ;; *) echo 6.1.0 ;; esac");
    play("ip", "echo '2: eth0    inet 203.0.113.21/24 brd x'");
    play("modprobe", "exit 1");
    play("unshare", "exit 1");
    play("curl", "echo 'Date: Sat, 21 Nov 2026 10:00:00 GMT'");
    play("date", 'case "$*" in *-d*) echo 1000 ;; *) echo 1060 ;; esac');
    put("etc/kubernetes/admin.conf");
    put("usr/local/bin/kubelet");
    play("dockerd", "true");
    play("ss", `echo 'LISTEN 0 128 127.0.0.1:10250 0.0.0.0:* users:(("k3s",pid=7,fd=3))'`);
    const { status, lines } = look();
    expect(status).toBe(1);
    expect(lines).toEqual([
      "host worker-1: runs centos 9; use Debian 12, Debian 13 or Ubuntu 24.04",
      "host worker-1: is not run by systemd; use a machine that boots with systemd",
      "host worker-1: is arm64 and not amd64; set host.architecture: arm64",
      "host worker-1: has 488 MiB of memory; use a host of 1 GiB or more",
      "host worker-1: has 1953 MiB free in /var/lib; make room: 5120 MiB",
      "host worker-1: has a clock that is 60 s ahead; install systemd-timesyncd, or set the clock",
      "host worker-1: has no interface with 10.10.0.21, only 203.0.113.21; set host.privateAddress to the one in the network of the nodes",
      "host worker-1: has a kernel 6.1.0 without vxlan; use the distribution's kernel, or a virtual machine with one of its own",
      "host worker-1: has cgroups without memory; add cgroup_enable=memory systemd.unified_cgroup_hierarchy=1 to the kernel's command line",
      "host worker-1: has a container runtime or Kubernetes of its own: dockerd; remove it, or use another host",
      "host worker-1: has what this cluster would bring: /etc/kubernetes /usr/local/bin/kubelet; remove it or move it away",
      "host worker-1: has ports that are taken: tcp/10250 by k3s; stop what listens there",
    ]);
  });

  it("knows our own balancer, which runs a program of the distribution", () => {
    put("etc/kubernetes/api-balancer.cfg");
    play("ss", `echo 'LISTEN 0 128 127.0.0.1:6443 0.0.0.0:* users:(("haproxy",pid=7,fd=3))'`);
    put("var/lib/hardway/host", "hardway-a worker-1\n");
    put("proc/7/cgroup", "0::/system.slice/api-balancer.service\n");
    expect(look({ ports: "tcp/6443" }).lines).toEqual([]);
    put("proc/7/cgroup", "0::/system.slice/haproxy.service\n");
    expect(look({ ports: "tcp/6443" }).lines).toEqual([
      "host worker-1: has ports that are taken: tcp/6443 by haproxy; stop what listens there",
    ]);
  });

  it("asks for a sudo that asks nothing", () => {
    play("id", 'case "$*" in -u) echo 1000 ;; -un) echo debian ;; esac');
    play("sudo", "echo 'sudo: a password is required' >&2; exit 1");
    expect(look().lines).toEqual([
      "host worker-1: sudo refuses debian (sudo: a password is required); write 'debian ALL=(ALL) NOPASSWD: ALL' to /etc/sudoers.d/hardway",
    ]);
  });

  it("shows sudo's own words, and what they ask for", () => {
    play("id", 'case "$*" in -u) echo 1000 ;; -un) echo debian ;; esac');
    play("sudo", "echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1");
    expect(look().lines).toEqual([
      "host worker-1: sudo refuses debian (sudo: sorry, you must have a tty to run sudo); write 'Defaults:debian !requiretty' to /etc/sudoers.d/hardway",
    ]);
  });

  it("writes a user of a domain as sudoers wants it", () => {
    play("id", `case "$*" in -u) echo 1000 ;; -un) printf '%s\\n' 'CORP\\nancy' ;; esac`);
    play("sudo", "exit 1");
    expect(look().lines).toEqual([
      "host worker-1: sudo refuses CORP\\nancy; write 'CORP\\\\nancy ALL=(ALL) NOPASSWD: ALL' to /etc/sudoers.d/hardway",
    ]);
  });

  it("says which source of programs cannot be reached, and why", () => {
    play("curl", "echo 'curl: (7) Failed to connect to files.example port 443'; exit 7");
    expect(look().lines).toEqual([
      "host worker-1: cannot reach https://files.example: curl: (7) Failed to connect to files.example port 443; let it out to there, or set artifacts.mirror",
    ]);
  });

  it("lets pass what it brought itself", () => {
    put("var/lib/hardway/host", "hardway-a worker-1\n");
    put("etc/kubernetes/kubelet.env");
    put("proc/7/cgroup", "0::/system.slice/kubelet.service\n");
    symlinkSync(path("opt/hardway/kubelet-1/kubelet"), path("proc/7/exe"));
    play(
      "ss",
      `case $1 in -Hltnp) echo 'LISTEN 0 128 10.10.0.21:10250 0.0.0.0:* users:(("kubelet",pid=7,fd=3))' ;; *) echo 'UNCONN 0 0 0.0.0.0:8472 0.0.0.0:*' ;; esac`,
    );
    expect(look()).toMatchObject({ status: 0, stderr: "" });
  });

  it("refuses a node of another cluster", () => {
    put("var/lib/hardway/host", "hardway-b master-1\n");
    expect(look().lines).toEqual([
      'host worker-1: is master-1 of the cluster b; destroy that cluster, or see "Uninstall by hand" in docs/existing.md',
    ]);
  });

  it("changes nothing", () => {
    const files = () => readdirSync(root, { recursive: true }).sort();
    const before = files();
    look();
    expect(files().filter((name) => name !== "calls")).toEqual(before);
  });
});

describe("existing-host.sh", () => {
  const host = (verb: string, node = "worker-1") =>
    run("existing-host.sh", [verb, "hardway-a", node]);
  const unit = () => `# Written to ${root}/etc/systemd/system by components/workers.\n[Service]\n`;

  /** What a worker has once it is one. */
  function installed(): void {
    expect(host("adopt").status).toBe(0);
    put("etc/systemd/system/kubelet.service", unit());
    put("opt/hardway/kubelet-1/kubelet");
    put("opt/cni/bin/flannel");
    mkdirSync(path("usr/local/bin"), { recursive: true });
    symlinkSync(path("opt/hardway/kubelet-1/kubelet"), path("usr/local/bin/kubelet"));
    put("usr/local/lib/hardway/lib.sh");
    put("etc/systemd/logind.conf.d/99-kubelet.conf");
    put("var/lib/kubelet/pods/1/etc-hosts");
    put("var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/none/.keep");
    rmSync(path("var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/none/.keep"));
    put("etc/kubernetes/pki/ca.crt");
    put("etc/sysctl.d/90-hardway.conf");
    put("etc/sysusers.d/hardway.conf", 'u etcd - "etcd"\n');
    put("var/lib/containerd/images/1");
    put("var/lib/kubelet/config");
    put("var/lib/hardway/kubelet.service.sha256", "x");
    put("var/lib/hardway/packages", "conntrack\niptables\n");
  }

  it("takes everything away, and says what stays", () => {
    const before = readdirSync(root, { recursive: true, encoding: "utf8" });
    installed();
    const { status, stdout } = host("uninstall");
    expect(status).toBe(0);
    expect(stdout).toBe(
      "host worker-1: packages that were installed for it stay: conntrack iptables\nhost worker-1: uninstalled\n",
    );
    const empty = ["usr/local/bin", "usr/local/lib", "etc/systemd", "etc/systemd/system", "calls"];
    const after = readdirSync(root, { recursive: true, encoding: "utf8" });
    const left = after.filter((name) => !before.includes(name));
    expect(
      left.filter((name) => ![...empty, "etc/sysctl.d", "etc/sysusers.d"].includes(name)),
    ).toEqual([]);
    expect(read("calls")).toContain("systemctl --quiet disable --now kubelet.service");
  });

  it("gives services back that it kept off, and leaves them off", () => {
    installed();
    put("var/lib/hardway/masked", "haproxy.service\n");
    symlinkSync("/dev/null", path("etc/systemd/system/haproxy.service"));
    expect(host("uninstall").status).toBe(0);
    expect(() => lstatSync(path("etc/systemd/system/haproxy.service"))).toThrow("ENOENT");
    expect(read("calls")).toContain("systemctl --quiet disable haproxy.service\n");
  });

  it("touches nothing of others", () => {
    const others = {
      "etc/systemd/system/nginx.service": "[Service]\n",
      "usr/local/bin/tool": "tool",
      "opt/other/data": "data",
      "etc/cni/net.d/99-other.conf": "{}",
      "var/log/syslog": "log",
      "etc/sysctl.d/50-own.conf": "x",
      "usr/local/lib/hardway/own.sh": "own",
    };
    for (const [name, text] of Object.entries(others)) put(name, text);
    installed();
    expect(host("uninstall").status).toBe(0);
    for (const [name, text] of Object.entries(others)) expect(read(name)).toBe(text);
  });

  it("never deletes etcd's data, logs of the API or volumes", () => {
    installed();
    put("var/lib/etcd/member/wal/0.wal", "data");
    put("var/log/kubernetes/audit.log", "audit");
    put("var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/a/file", "volume");
    put("var/lib/kubelet/pods/1/volumes/kubernetes.io~configmap/b/file", "object");
    const { stdout } = host("uninstall");
    const [when = ""] = readdirSync(path("var/lib/hardway-removed"));
    const kept = `var/lib/hardway-removed/${when}`;
    expect(read(`${kept}/etcd/member/wal/0.wal`)).toBe("data");
    expect(read(`${kept}/audit-log/audit.log`)).toBe("audit");
    const pod = `${kept}/volumes/1/volumes`;
    expect(read(`${pod}/kubernetes.io~empty-dir/a/file`)).toBe("volume");
    expect(existsSync(path(`${pod}/kubernetes.io~configmap`))).toBe(false);
    expect(stdout).toContain(`${root}/var/lib/etcd is kept in ${path(kept)}/etcd\n`);
  });

  it("keeps backups, one that is begun while it works included, and stops what begins them first", () => {
    installed();
    put("etc/systemd/system/etcd-backup.service", unit());
    put("etc/systemd/system/etcd-backup.timer", unit());
    put("var/lib/etcd-backups/a.db", "backup");
    expect(host("uninstall").status).toBe(0);
    const [when = ""] = readdirSync(path("var/lib/hardway-removed"));
    expect(read(`var/lib/hardway-removed/${when}/etcd-backups/a.db`)).toBe("backup");
    expect(existsSync(path("var/lib/etcd-backups"))).toBe(false);
    expect(read("calls")).toMatch(/disable --now etcd-backup\.timer .*etcd-backup\.service/);
    expect(existsSync(path("etc/systemd/system/etcd-backup.timer"))).toBe(false);
  });

  it("keeps backups that have a disk of their own on that disk", () => {
    installed();
    put("var/lib/etcd-backups/a.db", "backup");
    play("mountpoint", `[ "$2" = ${path("var/lib/etcd-backups")} ]`);
    expect(host("uninstall").status).toBe(0);
    const [aside = ""] = readdirSync(path("var/lib/etcd-backups"));
    expect(read(`var/lib/etcd-backups/${aside}/a.db`)).toBe("backup");
  });

  it("ends what does not stop, also where nothing can be told to stop", () => {
    installed();
    play(
      "systemctl",
      `echo "systemctl $*" >> ${path("calls")}; case $* in *disable* | *stop*) exit 1 ;; esac`,
    );
    expect(host("uninstall").status).toBe(0);
    expect(read("calls")).toContain("systemctl kill --signal KILL kubelet.service");
  });

  it("leaves no directory of backups behind in which there is none", () => {
    installed();
    mkdirSync(path("var/lib/etcd-backups"), { recursive: true });
    expect(host("uninstall").status).toBe(0);
    expect(existsSync(path("var/lib/etcd-backups"))).toBe(false);
  });

  it("keeps data that has a disk of its own on that disk", () => {
    installed();
    put("var/lib/etcd/member/wal/0.wal", "data");
    play("mountpoint", `[ "$2" = ${path("var/lib/etcd")} ]`);
    expect(host("uninstall").status).toBe(0);
    const [aside = ""] = readdirSync(path("var/lib/etcd"));
    expect(read(`var/lib/etcd/${aside}/member/wal/0.wal`)).toBe("data");
  });

  it("stops before it deletes anything when a volume cannot be unmounted", () => {
    installed();
    const volume = path("var/lib/kubelet/pods/1/volumes/nfs");
    put("proc/self/mountinfo", `1 1 0:1 / ${volume} rw - nfs server:/ rw\n`);
    const { status, stderr } = host("uninstall");
    expect(status).toBe(1);
    expect(stderr).toContain(`host worker-1: cannot unmount ${volume}`);
    expect(existsSync(path("var/lib/kubelet/config"))).toBe(true);
    expect(existsSync(path("var/lib/hardway/host"))).toBe(true);
  });

  it("takes our chains away in one go per table, and others' rules only where they lead there", () => {
    installed();
    play(
      "iptables-nft-save",
      `cat <<'END'
*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:OWN - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -p tcp --dport 8080 -j OWN
-A KUBE-SERVICES -d 10.32.0.1/32 -j OWN
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
COMMIT
END`,
    );
    expect(host("uninstall").status).toBe(0);
    expect(read("iptables-restored")).toBe(`*nat
:KUBE-SERVICES - [0:0]
-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-X KUBE-SERVICES
COMMIT
`);
    expect(existsSync(path("ip6tables-restored"))).toBe(false);
  });

  it("lets pods' way to the metadata service be as it was", () => {
    const deletion = "--delete PREROUTING --destination 169.254.169.254 --jump DROP";
    const insertion = readAsset("scripts/block-metadata.sh");
    expect(insertion).toContain(deletion.replace("--delete ", ""));
    installed();
    host("uninstall");
    expect(read("calls")).toContain(`iptables --wait --table raw ${deletion}\n`);
    rmSync(path("calls"));
    play("iptables", `echo "iptables $*" >> ${path("calls")}`); // the rule is there already
    installed();
    host("uninstall");
    expect(read("calls")).not.toContain(deletion);
  });

  it("lets the directory of network namespaces be a mount point only where it was one or somebody uses it", () => {
    const mounted = () => {
      play("mountpoint", `[ "$2" = ${path("run/netns")} ]`);
    };
    const unmounted = () => read("calls").includes(`umount ${path("run/netns")}\n`);
    installed();
    mounted();
    host("uninstall");
    expect(unmounted()).toBe(true);
    rmSync(path("calls"));
    installed(); // it was one before
    host("uninstall");
    expect(unmounted()).toBe(false);
    play("mountpoint", "exit 1");
    installed();
    mounted();
    put("run/netns/mine");
    host("uninstall");
    expect(unmounted()).toBe(false);
  });

  it("gives users and kernel settings back as they were", () => {
    play("id", 'case "$*" in -u) echo 0 ;; kube-apiserver|etcd) ;; *) exit 1 ;; esac');
    installed();
    put("etc/sysusers.d/hardway.conf", 'u etcd - "etcd"\nu kube-scheduler - "s"\n');
    play("id", 'case "$*" in -u) echo 0 ;; *) ;; esac');
    host("uninstall");
    expect(read("calls")).toContain("sysctl -q -w net.ipv4.ip_forward=0\n");
    expect(read("calls")).toContain("userdel kube-scheduler\n");
    expect(read("calls")).not.toContain("userdel etcd");
  });

  it("goes on where it was cut off", () => {
    installed();
    put("var/lib/etcd/member/wal/0.wal", "data");
    play("userdel", "exit 1"); // it ends here
    play("id", 'case "$*" in -u) echo 0 ;; *) ;; esac');
    put("etc/sysusers.d/hardway.conf", 'u kube-scheduler - "s"\n');
    rmSync(path("var/lib/hardway/before"));
    expect(host("uninstall").status).not.toBe(0);
    expect(read("var/lib/hardway/host")).toBe("hardway-a worker-1\n");
    play("userdel", "true");
    expect(host("uninstall").status).toBe(0);
    expect(existsSync(path("var/lib/hardway"))).toBe(false);
    expect(readdirSync(path("var/lib/hardway-removed"))).toHaveLength(1);
  });

  it("leaves a host alone that is not this node", () => {
    installed();
    expect(host("uninstall", "worker-2").stdout).toBe(
      "host worker-2: belongs to hardway-a worker-1: nothing to take away\n",
    );
    expect(existsSync(path("opt/hardway"))).toBe(true);
  });

  it("remembers how the host was at first, however often it is adopted", () => {
    play("sysctl", "case $1 in -n) echo 0 ;; esac");
    host("adopt");
    play("sysctl", "case $1 in -n) echo 1 ;; esac");
    host("adopt");
    expect(read("var/lib/hardway/before")).toContain("sysctl net.ipv4.ip_forward 0\n");
  });

  it("finds every unit of ours by what it says of itself", () => {
    const units = readdirSync(new URL("../../assets/units", import.meta.url));
    for (const name of units) {
      const text = readAsset(`units/${name}`);
      expect([name, /^# Written to \/etc\/systemd\/system by components\//m.test(text)]).toEqual([
        name,
        true,
      ]);
    }
  });
});
