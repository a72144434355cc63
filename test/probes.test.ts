import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAsset } from "../components/lib/assets.ts";

/*
 * Runs the probes as they are, but for their directories, how long they wait, and what they ask: the kernel's tables and
 * ping are played, DNS is a server of this test. Does not prove that a packet takes a Pod's way: the lab does.
 */
let root: string;
const path = (name: string) => join(root, name);

function write(name: string, text: string): void {
  writeFileSync(path(name), text);
  chmodSync(path(name), 0o755);
}

/** Puts a program of this name before the real one. */
const play = (program: string, script: string) => {
  write(`bin/${program}`, `#!/bin/sh\n${script}\n`);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hardway-probes-"));
  for (const dir of ["bin", "lib", "run", "netns", "kubelet"]) mkdirSync(path(dir));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function run(script: string, args: readonly string[], changes: readonly [string, string][]) {
  for (const name of ["lib.sh", script]) {
    const text = changes.reduce(
      (all, [from, to]) => all.replaceAll(from, to),
      readAsset(`scripts/${name}`),
    );
    const homes = text
      .replaceAll("/usr/local/lib/hardway", path("lib"))
      .replaceAll("/run/hardway", path("run/work"))
      .replaceAll("/var/run/netns", path("netns"));
    write(`lib/${name}`, homes);
  }
  const env = { ...process.env, PATH: `${path("bin")}:${process.env["PATH"] ?? ""}` };
  const child = spawn(path(`lib/${script}`), args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (part: Buffer) => said.push(part));
  const [status] = (await once(child, "close")) as [number];
  return { status, lines: Buffer.concat(said).toString().trim().split("\n").filter(Boolean) };
}

describe("probe-pod-network.sh", () => {
  const peers = ["master-1=10.10.0.11", "worker-1=10.10.0.21"];
  const probe = () =>
    run(
      "probe-pod-network.sh",
      ["worker-2", ...peers],
      [
        ["+ 120))", "+ 0))"],
        ["+ 180))", "+ 0))"],
        ["/opt/cni/bin/flannel", path("bin/flannel")],
        ["/proc/sys/net/ipv4/ip_forward", path("ip_forward")],
      ],
    );
  /** Addresses that answer the host, and those that answer a Pod of it. */
  const answering = (host: readonly string[], pod: readonly string[]) => {
    const one = (from: string, all: readonly string[]) =>
      `[ "$where" = ${from} ] && case $to in ${["none", ...all].join("|")}) exit 0 ;; esac`;
    play(
      "ping",
      `for to; do :; done; where=\${PLAYED_SPACE:-host}\n${one("host", host)}\n${one("pod", pod)}\nexit 1`,
    );
  };

  beforeEach(() => {
    writeFileSync(path("ip_forward"), "1\n");
    play("flannel", `cat > ${path("cni.json")}; echo "$CNI_COMMAND" >> ${path("calls")}`);
    play(
      "ip",
      `case "$*" in
         "netns add "*) touch "${path("netns")}/$3" ;;
         "netns delete "*) rm "${path("netns")}/$3" ;;
         "netns exec "*) shift 3; PLAYED_SPACE=pod exec "$@" ;;
         *neigh*) echo "10.200.0.0 lladdr 02:00:00:00:00:11 PERMANENT"
                  echo "10.200.1.0 lladdr 02:00:00:00:00:21 PERMANENT" ;;
       esac`,
    );
    play(
      "bridge",
      `echo "02:00:00:00:00:11 dst 10.10.0.11 self permanent"
       echo "02:00:00:00:00:21 dst 10.10.0.21 self permanent"`,
    );
    play("nft", "true");
  });

  it("asks every peer from a place like a Pod's, and leaves nothing behind", async () => {
    answering([], ["10.200.0.0", "10.200.1.0"]);
    expect(await probe()).toEqual({ status: 0, lines: [] });
    expect(readFileSync(path("calls"), "utf8")).toBe("ADD\nDEL\n");
    expect(existsSync(path("netns/hardway-probe"))).toBe(false);
  });

  it("is attached by the cluster's own CNI configuration", async () => {
    answering([], ["10.200.0.0", "10.200.1.0"]);
    await probe();
    const { plugins, ...list } = JSON.parse(readAsset("config/cni-conflist.json")) as {
      plugins: object[];
    };
    expect(JSON.parse(readFileSync(path("cni.json"), "utf8"))).toEqual({ ...list, ...plugins[0] });
  });

  it("takes away what a run that was cut off has left", async () => {
    answering([], ["10.200.0.0", "10.200.1.0"]);
    writeFileSync(path("netns/hardway-probe"), "");
    expect((await probe()).status).toBe(0);
    expect(readFileSync(path("calls"), "utf8")).toBe("DEL\nADD\nDEL\n");
  });

  it("fails on hosts whose tunnel is cut, and names the pair", async () => {
    answering(["10.10.0.21"], ["10.200.0.0"]);
    expect(await probe()).toEqual({
      status: 1,
      lines: [
        "worker-2: Pods of this node cannot reach worker-1 (10.10.0.21): udp/8472 is lost between the two hosts, which do answer each other's pings; let it pass both ways",
      ],
    });
    expect(existsSync(path("netns/hardway-probe"))).toBe(false);
  });

  it("fails on a host that nothing comes from, and still asks the others", async () => {
    answering([], ["10.200.1.0"]);
    const { lines } = await probe();
    expect(lines).toEqual([
      "worker-2: Pods of this node cannot reach master-1 (10.10.0.11): 10.10.0.11 does not even answer a ping; let udp/8472 pass both ways in every firewall between the two",
    ]);
  });

  it("fails on a host that does not forward, and names the chain and the setting", async () => {
    answering(["10.200.0.0", "10.200.1.0"], ["10.200.0.0"]);
    writeFileSync(path("ip_forward"), "0\n");
    play(
      "nft",
      `echo 'table inet corp {
	chain fwd {
		type filter hook forward priority filter; policy drop;
	}
}
table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy accept;
	}
}'`,
    );
    expect((await probe()).lines).toEqual([
      "worker-2: Pods of this node cannot reach worker-1 (10.10.0.21): worker-2 itself does, so this host does not forward packets of Pods: net.ipv4.ip_forward is 0, nft chain inet corp fwd drops what it does not name; let podCidr pass its forward chain",
    ]);
  });

  it("fails on a node without a part in the network", async () => {
    answering([], ["10.200.0.0"]);
    play("bridge", 'echo "02:00:00:00:00:11 dst 10.10.0.11 self permanent"');
    expect((await probe()).lines).toEqual([
      "worker-2: Pods of this node cannot reach worker-1 (10.10.0.21): flanneld of worker-1 has not joined the pod network; look at its log there",
    ]);
  });

  it("fails with the words of the CNI plugin", async () => {
    play("flannel", '[ "$CNI_COMMAND" = DEL ] || { echo "no subnet.env"; exit 1; }');
    expect((await probe()).lines).toEqual([
      "worker-2: the CNI plugin does not give Pods of this node a network: no subnet.env",
    ]);
  });
});

describe("probe-dns.sh", () => {
  let server: Socket;
  /** Names that were asked for. */
  let asked: string[];
  /** What is answered, by RFC 1035's numbers; null: nothing. */
  let code: number | null;

  beforeEach(async () => {
    asked = [];
    server = createSocket("udp4", (query, { port, address }) => {
      asked.push(nameIn(query));
      if (code === null) return;
      const answer = Buffer.from(query);
      answer[2] = 0x81;
      answer[3] = 0x80 | code;
      server.send(answer, port, address);
    });
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    server.close();
  });

  const probe = (resolvers = "nameserver 127.0.0.1\n") => {
    writeFileSync(path("resolv.conf"), resolvers);
    writeFileSync(path("kubelet/10-host.conf"), `resolvConf: ${path("resolv.conf")}\n`);
    return run(
      "probe-dns.sh",
      ["worker-1", "127.0.0.1", "acme.example.com"],
      [
        ["/udp/$1/53", `/udp/$1/${server.address().port}`],
        ["+ 20))", "+ 0))"],
        // Only where nothing comes is there anything to be quick about: a busy machine may take its time to answer.
        ["timeout 3", code === null ? "timeout 0.2" : "timeout 30"],
        ["/etc/kubernetes/kubelet.conf.d", path("kubelet")],
      ],
    );
  };

  it.each([
    ["that there is such a name", 0],
    ["that there is none", 3],
  ])("takes the answer %s", async (_what, said) => {
    code = said;
    expect(await probe()).toEqual({ status: 0, lines: [] });
    expect(new Set(asked)).toEqual(new Set(["acme.example.com"]));
    expect(asked.length).toBeGreaterThan(4);
  });

  it.each([
    ["SERVFAIL", 2],
    ["REFUSED", 5],
    ["nothing", null],
  ])("fails on %s, and says that the resolver is the host itself", async (word, said) => {
    code = said;
    expect(await probe()).toEqual({
      status: 1,
      lines: [
        `worker-1: cluster DNS (127.0.0.1) answers ${word} to a question for acme.example.com, which is outside of the cluster`,
        `worker-1: ${path("resolv.conf")} names 127.0.0.1, which in a Pod is the Pod itself; write the address of a real resolver there`,
      ],
    });
  });

  it("fails on a resolver that does not answer, and names it", async () => {
    code = 2;
    // Where nobody listens: another address of this machine's loopback, written so that it does not look like one.
    const { lines } = await probe("search x\nnameserver 0.0.0.0\nnameserver ::1\n");
    expect(lines[1]).toBe(
      `worker-1: its resolver 0.0.0.0 (${path("resolv.conf")}) answers SERVFAIL; let udp/53 out to it, or write another one there`,
    );
    expect(lines).toHaveLength(2);
  });
});

/** Name of the one question, as RFC 1035 section 4.1.2 writes it. */
function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12, length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return labels.join(".");
}
