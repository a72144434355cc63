import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

/*
 * Runs keep-packet-filter.sh as it is for one look at the rules, with iptables and the portmap plugin played. Does not prove that
 * the plugin makes the rules: the suite `firewall reload` of the e2e tests does.
 */
let host: ScriptHost;
const path = (name: string) => host.path(name);
const read = (name: string) => (existsSync(path(name)) ? host.read(name) : "");

const id = "0123abc";
const chain = `CNI-DN-${createHash("sha512").update(`cbr0${id}`).digest("hex").slice(0, 21)}`;
const portMappings = [{ HostPort: 80, ContainerPort: 8000, Protocol: "tcp", HostIP: "" }];
const result = { cniVersion: "0.3.1", dns: {}, ips: [{ address: "10.200.1.5/24", version: "4" }] };

const networkOf = (...plugins: readonly string[]) =>
  Buffer.from(JSON.stringify({ plugins: plugins.map((type) => ({ type })) })).toString("base64");

/** What containerd notes of a pod, in the form and order of libcni: of its interface and of its loopback. */
function note(ports: readonly object[], netns = path("netns")): void {
  noteOf(["cbr0", networkOf("flannel", "portmap"), "eth0"], ports, netns);
  noteOf(["cni-loopback", networkOf("loopback"), "lo"], ports, netns);
}

function noteOf(
  [networkName, config, ifName]: readonly [string, string, string],
  ports: readonly object[],
  netns: string,
): void {
  const text = JSON.stringify({
    kind: "cniCacheV1",
    containerId: id,
    config,
    ifName,
    networkName,
    netns,
    cniArgs: [["K8S_POD_NAME", "web"]],
    capabilityArgs: { "io.kubernetes.cri.pod-annotations": { a: "b" }, portMappings: ports },
    result,
  });
  host.write(`results/${networkName}-${id}-${ifName}`, text);
}

/** Rules as iptables lists them; without the entry nothing leads to the pods' chains. */
function rules(entry: boolean, ...leadingTo: readonly string[]): void {
  const listed = leadingTo.map((name) => `-A CNI-HOSTPORT-DNAT -p tcp -j ${name}`).join("\n");
  host.play(
    "iptables",
    `case $* in
  *"--table raw --list-rules"*) echo "-P PREROUTING ACCEPT" ;;
  *--check*) exit ${entry ? 0 : 1} ;;
  *--list-rules*) echo '${listed}' ;;
esac`,
  );
}

/** Kernel settings that are all so; what is set is noted. */
function settings(value: string): void {
  host.play("sysctl", `case $1 in -n) echo ${value} ;; *) echo "$*" >> ${path("set")} ;; esac`);
}

function look(): { readonly said: string; readonly asked: string } {
  const { stdout, stderr } = host.run("keep-packet-filter.sh");
  return { said: stdout + stderr, asked: read("asked") };
}

beforeEach(() => {
  host = new ScriptHost();
  for (const [from, to] of [
    ["/var/lib/cni/results", path("results")],
    ["/opt/cni/bin", path("bin")],
    ["sleep 1", `sh ${path("meanwhile")}`],
    ["sleep 5", "exit 0"],
  ] as const) {
    host.edit("keep-packet-filter.sh", from, to);
  }
  settings("1");
  host.write("meanwhile", "");
  host.write("lib/block-metadata.sh", `#!/bin/sh\necho blocked >> ${path("blocked")}\n`);
  host.play(
    "portmap",
    `echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME $CNI_NETNS $(cat)" >> ${path("asked")}`,
  );
  host.write("netns", "");
});
afterEach(() => {
  host[Symbol.dispose]();
});

describe("keep-packet-filter.sh", () => {
  it("blocks the metadata service again", () => {
    rules(false);
    expect(look().said).toContain("the metadata service is blocked again");
    expect(read("blocked")).toBe("blocked\n");
  });

  it("switches forwarding on again that somebody switched off", () => {
    rules(false);
    look();
    expect(read("set")).toBe("");
    settings("0");
    expect(look().said).toContain("net.ipv4.ip_forward is 1 again");
    expect(read("set")).toContain("-w net.ipv4.ip_forward=1\n");
    expect(read("set")).toContain("-w net.bridge.bridge-nf-call-iptables=1\n");
  });

  it("leaves host ports alone that lead to their pod", () => {
    note(portMappings);
    rules(true, chain);
    expect(look().asked).toBe("");
  });

  it.each([
    ["all rules are gone", false],
    ["only the pod's are", true],
  ])("has the plugin make them again when %s", (_what, entry) => {
    note(portMappings);
    rules(entry, "CNI-DN-ofanotherpod");
    const { said, asked } = look();
    const [, command, config] = /^(ADD 0123abc eth0 \S+) (\{.*\})\n$/.exec(asked) ?? [];
    expect(command).toBe(`ADD ${id} eth0 ${path("netns")}`);
    expect(JSON.parse(config ?? "")).toEqual({
      cniVersion: "0.3.1",
      name: "cbr0",
      type: "portmap",
      runtimeConfig: { "io.kubernetes.cri.pod-annotations": { a: "b" }, portMappings },
      prevResult: result,
    });
    expect(said).toContain(`the host ports of pod ${id} lead to it again`);
  });

  it("makes none for a pod without host ports, nor for one of before a reboot", () => {
    rules(false);
    note([]);
    expect(look().asked).toBe("");
    note(portMappings, path("no-such-netns"));
    expect(look().asked).toBe("");
  });

  it("leaves a pod alone that is just going, and takes back what it made for one that went", () => {
    note(portMappings);
    rules(false);
    host.write("meanwhile", `rm -f ${path("results")}/*`);
    expect(look().asked).toBe("");
    note(portMappings);
    host.write("meanwhile", `! [ -e ${path("asked")} ] || rm -f ${path("results")}/*`);
    expect(look().asked.match(/^\w+/gm)).toEqual(["ADD", "DEL"]);
  });

  it("goes on when the plugin fails, and says in its words why", () => {
    host.play("portmap", 'echo \'{ "msg": "no such interface" }\'\nexit 1');
    note(portMappings);
    rules(false);
    expect(look().said).toContain('cannot be made to lead to it: { "msg": "no such interface" }');
  });
});
