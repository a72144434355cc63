import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";

/*
 * Runs the checks of preflight.sh that are about the way of Pods' packets as they are, with all paths below a
 * temporary directory; nft is played.
 */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hardway-preflight-"));
  play("id", "echo 0");
  play("nft", "true");
  play("sleep", "true");
  put("etc/resolv.conf", "search example\nnameserver 192.0.2.53\n");
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

function play(program: string, script: string): void {
  put(`bin/${program}`, `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, "bin", program), 0o755);
}

const checks = ["check_resolvers", "check_forwarding", "check_settings"];

/** What these checks say of a host; without a podCidr of one that has no Pods. */
function look(podCidr = "10.244.0.0/16"): string[] {
  const preflight = readAsset("scripts/preflight.sh");
  const text = readAsset("scripts/preflight-network.sh") + preflight;
  const input = text
    .replaceAll(/(?<=[ ='"])\/(etc|run|var|usr\/lib|usr\/local\/lib)\//g, `${root}/$1/`)
    .replace(/^ {2}check_\w+\n/gm, (line) => (checks.includes(line.trim()) ? line : ""));
  const result = spawnSync("sh", ["-s", "--", "worker-1", "amd64", "10.10.0.21", "hardway-a"], {
    input: `pod_cidr='${podCidr}'\n${input}`,
    env: { PATH: `${join(root, "bin")}:/usr/bin:/bin` },
    encoding: "utf8",
  });
  const lines = result.stderr.replaceAll(root, "").split("\n");
  expect(result.status).toBe(lines.length === 1 ? 0 : 1);
  return lines.filter((line) => line !== "");
}

it("says nothing of a host on which nothing is wrong", () => {
  expect(look()).toEqual([]);
});

describe("resolvers", () => {
  const refused = (file: string, resolver: string) => [
    `host worker-1: has no resolver in ${file} but ${resolver}, which in a Pod is the Pod itself; write 'nameserver <address>' there with a DNS server of your network, or with 10.10.0.21 if the host's own listens there`,
  ];

  it.each(["127.0.0.1", "127.0.0.53", "::1"])("that are only %s are refused", (resolver) => {
    put("etc/resolv.conf", `nameserver ${resolver}\n`);
    expect(look()).toEqual(refused("/etc/resolv.conf", resolver));
  });

  it("that systemd-resolved has count, and not its stub", () => {
    put("etc/resolv.conf", "nameserver 127.0.0.53\n");
    put("run/systemd/resolve/resolv.conf", "nameserver 192.0.2.53\n");
    expect(look()).toEqual([]);
    put("run/systemd/resolve/resolv.conf", "nameserver 127.0.0.1\n");
    expect(look()).toEqual(refused("/run/systemd/resolve/resolv.conf", "127.0.0.1"));
  });

  it("are no matter where there are none, or no Pods", () => {
    put("etc/resolv.conf", "search example\n");
    expect(look()).toEqual([]);
    put("etc/resolv.conf", "nameserver 127.0.0.1\n");
    expect(look("")).toEqual([]);
  });
});

describe("forward chains", () => {
  const table = (name: string, chain: string, policy: string, rules = "") =>
    `table ${name} {\n\tchain ${chain} {\n\t\ttype filter hook forward priority filter; policy ${policy};\n${rules}\t}\n}`;
  const rules = (...tables: string[]) => {
    play("nft", `[ "$*" = "list ruleset" ] && cat << 'END'\n${tables.join("\n")}\nEND`);
  };

  it("that drop what they do not name are named", () => {
    rules(table("inet other", "forward", "accept"), table("inet filter", "pass", "drop"));
    expect(look()).toEqual([
      "host worker-1: drops packets of Pods in the nft chain inet filter pass; let 10.244.0.0/16 pass there: ip saddr 10.244.0.0/16 accept, ip daddr 10.244.0.0/16 accept",
    ]);
    expect(look("")).toEqual([]);
  });

  it("pass when they name Pods, drop nothing, or are those that flannel opens", () => {
    rules(
      table("inet filter", "forward", "drop", "\t\tip saddr 10.244.0.0/16 accept\n"),
      table("inet more", "forward", "drop", '\t\tiifname "cni0" accept\n'),
      table("ip filter", "FORWARD", "drop"),
      table("inet other", "forward", "accept"),
      "table inet input {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}",
    );
    expect(look()).toEqual([]);
  });

  it("are left to the probes on a node that runs", () => {
    rules(table("inet filter", "forward", "drop"));
    put("var/lib/hardway/host", "hardway-a worker-1\n");
    expect(look()).toEqual([]);
  });

  it("of firewalld are named with its command", () => {
    rules(table("inet firewalld", "filter_FORWARD", "accept"));
    expect(look()).toEqual([
      "host worker-1: has a firewalld that does not forward packets of Pods; firewall-cmd --permanent --zone=trusted --add-source=10.244.0.0/16 && firewall-cmd --reload",
    ]);
    rules(
      table("inet firewalld", "filter_FORWARD", "accept", "\t\tip saddr 10.244.0.0/16 goto x\n"),
    );
    expect(look()).toEqual([]);
  });

  it("of ufw are named with its command", () => {
    put("etc/ufw/ufw.conf", "ENABLED=yes\n");
    put("etc/default/ufw", 'DEFAULT_FORWARD_POLICY="DROP"\n');
    expect(look()).toEqual([
      "host worker-1: has a ufw that does not forward packets of Pods; ufw default allow routed",
    ]);
    put("etc/default/ufw", 'DEFAULT_FORWARD_POLICY="ACCEPT"\n');
    expect(look()).toEqual([]);
  });
});

describe("settings of the kernel", () => {
  const refused = (what: string) => [
    `host worker-1: undoes settings that Pods need: ${what}; write 1 there, or remove the line`,
  ];

  it.each([
    ["etc/sysctl.d/99-cis.conf", "net.ipv4.ip_forward=0", "net.ipv4.ip_forward=0"],
    ["usr/lib/sysctl.d/95-a.conf", "net/ipv4/ip_forward = 0", "net.ipv4.ip_forward=0"],
    ["etc/sysctl.conf", "-net.ipv4.conf.all.forwarding = 0", "net.ipv4.conf.all.forwarding=0"],
    [
      "run/sysctl.d/91.conf",
      "net.bridge.bridge-nf-call-iptables = 0",
      "net.bridge.bridge-nf-call-iptables=0",
    ],
  ])("in %s that come after ours and differ are named", (file, line, said) => {
    put(file, `# a comment = 0\n${line}\nkernel.pid_max = 4194304\n`);
    expect(look()).toEqual(refused(`${said} in /${file}`));
    expect(look("")).toEqual([]);
  });

  it("that come before ours, are set again later, agree, or are hidden by a file of the same name do not matter", () => {
    put("etc/sysctl.d/10-cis.conf", "net.ipv4.ip_forward=0\n");
    put("usr/lib/sysctl.d/95-a.conf", "net.ipv4.ip_forward=0\n");
    put("etc/sysctl.d/95-a.conf", "#net.ipv4.ip_forward=0\n");
    put("usr/lib/sysctl.d/96-b.conf", "net.ipv4.ip_forward=0\n");
    put("etc/sysctl.d/97-c.conf", "net.ipv4.ip_forward = 1\n");
    put("etc/ufw/sysctl.conf", "net/ipv4/ip_forward=0\n");
    symlinkSync("/dev/null", join(root, "etc/sysctl.d/98-d.conf"));
    expect(look()).toEqual([]);
  });
});
