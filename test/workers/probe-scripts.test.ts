import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";
import { ScriptHost } from "../support/scripts.ts";

/*
 * Runs the probes, but for how long they wait and what they ask: the kernel's tables and ping are played, DNS is a server of
 * this test. Does not prove that a packet takes a Pod's way: the lab does.
 */
let host: ScriptHost;
beforeEach(() => {
  host = new ScriptHost();
});
afterEach(() => {
  host[Symbol.dispose]();
});

const said = ({ status, stderr }: { readonly status: number | null; readonly stderr: string }) => ({
  status,
  lines: stderr.trim().split("\n").filter(Boolean),
});

describe("probe-pod-network.sh", () => {
  const peers = ["master-1=10.10.0.11", "worker-1=10.10.0.21"];
  const probe = () => said(host.run("probe-pod-network.sh", ["worker-2", ...peers]));
  /** Addresses that answer the host, and those that answer a Pod of it. */
  const answering = (node: readonly string[], pod: readonly string[]) => {
    const one = (from: string, all: readonly string[]) =>
      `[ "$where" = ${from} ] && case $to in ${["none", ...all].join("|")}) exit 0 ;; esac`;
    host.play(
      "ping",
      `for to; do :; done; where=\${PLAYED_SPACE:-node}\n${one("node", node)}\n${one("pod", pod)}\nexit 1`,
    );
  };

  beforeEach(() => {
    for (const [from, to] of [
      ["+ 120))", "+ 0))"],
      ["+ 180))", "+ 0))"],
      ["/opt/cni/bin/flannel", host.path("bin/flannel")],
      ["/proc/sys/net/ipv4/ip_forward", host.path("ip_forward")],
      ["/var/run/netns", host.path("netns")],
    ] as const) {
      host.edit("probe-pod-network.sh", from, to);
    }
    mkdirSync(host.path("netns"));
    host.write("ip_forward", "1\n");
    host.play("flannel", `cat > ${host.path("cni.json")}; echo "$CNI_COMMAND" >> "$calls"`);
    host.play(
      "ip",
      `case "$*" in
         "netns add "*) touch "${host.path("netns")}/$3" ;;
         "netns delete "*) rm "${host.path("netns")}/$3" ;;
         "netns exec "*) shift 3; PLAYED_SPACE=pod exec "$@" ;;
         *neigh*) echo "10.200.0.0 lladdr 02:00:00:00:00:11 PERMANENT"
                  echo "10.200.1.0 lladdr 02:00:00:00:00:21 PERMANENT" ;;
       esac`,
    );
    host.play(
      "bridge",
      `echo "02:00:00:00:00:11 dst 10.10.0.11 self permanent"
       echo "02:00:00:00:00:21 dst 10.10.0.21 self permanent"`,
    );
    host.play("nft", "true");
  });

  it("asks every peer from a place like a Pod's, and leaves nothing behind", () => {
    answering([], ["10.200.0.0", "10.200.1.0"]);
    expect(probe()).toEqual({ status: 0, lines: [] });
    expect(host.calls).toBe("ADD\nDEL\n");
    expect(existsSync(host.path("netns/hardway-probe"))).toBe(false);
  });

  it("is attached by the cluster's own CNI configuration", () => {
    answering([], ["10.200.0.0", "10.200.1.0"]);
    probe();
    const { plugins, ...list } = JSON.parse(readAsset("config/cni-conflist.json")) as {
      plugins: object[];
    };
    expect(JSON.parse(host.read("cni.json"))).toEqual({ ...list, ...plugins[0] });
  });

  it("takes away what a run that was cut off has left", () => {
    answering([], ["10.200.0.0", "10.200.1.0"]);
    host.write("netns/hardway-probe", "");
    expect(probe().status).toBe(0);
    expect(host.calls).toBe("DEL\nADD\nDEL\n");
  });

  it("fails on hosts whose tunnel is cut, and names the pair", () => {
    answering(["10.10.0.21"], ["10.200.0.0"]);
    expect(probe()).toEqual({
      status: 1,
      lines: [
        "worker-2: Pods of this node cannot reach worker-1 (10.10.0.21): udp/8472 is lost between the two hosts, which do answer each other's pings; let it pass both ways",
      ],
    });
    expect(existsSync(host.path("netns/hardway-probe"))).toBe(false);
  });

  it("fails on a host that nothing comes from, and still asks the others", () => {
    answering([], ["10.200.1.0"]);
    const { lines } = probe();
    expect(lines).toEqual([
      "worker-2: Pods of this node cannot reach master-1 (10.10.0.11): 10.10.0.11 does not even answer a ping; let udp/8472 pass both ways in every firewall between the two",
    ]);
  });

  it("fails on a host that does not forward, and names the chain and the setting", () => {
    answering(["10.200.0.0", "10.200.1.0"], ["10.200.0.0"]);
    host.write("ip_forward", "0\n");
    host.play(
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
    expect(probe().lines).toEqual([
      "worker-2: Pods of this node cannot reach worker-1 (10.10.0.21): worker-2 itself does, so this host does not forward packets of Pods: net.ipv4.ip_forward is 0, nft chain inet corp fwd drops what it does not name; let podCidr pass its forward chain",
    ]);
  });

  it("fails on a node without a part in the network", () => {
    answering([], ["10.200.0.0"]);
    host.play("bridge", 'echo "02:00:00:00:00:11 dst 10.10.0.11 self permanent"');
    expect(probe().lines).toEqual([
      "worker-2: Pods of this node cannot reach worker-1 (10.10.0.21): flanneld of worker-1 has not joined the pod network; look at its log there",
    ]);
  });

  it("fails with the words of the CNI plugin", () => {
    host.play("flannel", '[ "$CNI_COMMAND" = DEL ] || { echo "no subnet.env"; exit 1; }');
    expect(probe().lines).toEqual([
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

  const probe = async (resolvers = "nameserver 127.0.0.1\n") => {
    const file = host.path("resolv.conf");
    host.write("resolv.conf", resolvers);
    host.write("etc/kubernetes/kubelet.conf.d/10-host.conf", `resolvConf: ${file}\n`);
    host.edit("probe-dns.sh", "/udp/$1/53", `/udp/$1/${server.address().port}`);
    host.edit("probe-dns.sh", "+ 20))", "+ 0))");
    // Only where nothing comes is there anything to be quick about: a busy machine may take its time to answer.
    host.edit("probe-dns.sh", "timeout 3", code === null ? "timeout 0.2" : "timeout 30");
    return said(await host.start("probe-dns.sh", ["worker-1", "127.0.0.1", "acme.example.com"]));
  };

  it.each([
    ["that there is such a name", 0],
    ["that there is none", 3],
  ])("takes the answer %s", async (_what, answer) => {
    code = answer;
    expect(await probe()).toEqual({ status: 0, lines: [] });
    expect(new Set(asked)).toEqual(new Set(["acme.example.com"]));
    expect(asked.length).toBeGreaterThan(4);
  });

  it.each([
    ["SERVFAIL", 2],
    ["REFUSED", 5],
    ["nothing", null],
  ])("fails on %s, and says that the resolver is the host itself", async (word, answer) => {
    code = answer;
    expect(await probe()).toEqual({
      status: 1,
      lines: [
        `worker-1: cluster DNS (127.0.0.1) answers ${word} to a question for acme.example.com, which is outside of the cluster`,
        `worker-1: ${host.path("resolv.conf")} names 127.0.0.1, which in a Pod is the Pod itself; write the address of a real resolver there`,
      ],
    });
  });

  it("fails on a resolver that does not answer, and names it", async () => {
    code = 2;
    // Where nobody listens: another address of this machine's loopback, written so that it does not look like one.
    const { lines } = await probe("search x\nnameserver 0.0.0.0\nnameserver ::1\n");
    expect(lines[1]).toBe(
      `worker-1: its resolver 0.0.0.0 (${host.path("resolv.conf")}) answers SERVFAIL; let udp/53 out to it, or write another one there`,
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
