import { spawn, type ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../lab/lib/exec.ts";
import { labNamed } from "../../lab/lib/paths.ts";
import { publicLink } from "../../lab/machines/firewall.ts";
import type { FlowRule, MachineNetwork } from "../../lab/machines/spec.ts";
import { machineNetns } from "../../lab/machines/machine-dir.ts";
import {
  applyNetworkPolicy,
  labAddress,
  labNamespaces,
  setupLabNetwork,
} from "../../lab/machines/network.ts";

// A lab of its own with a network and no machine: what a machine would be is a namespace with a server in it.
const lab = labNamed("packets");
const reserved = "10.240.240.1";
const servers: ChildProcess[] = [];

beforeAll(async () => {
  await removeNetwork();
  await setupLabNetwork(lab);
  await Promise.all([attach("m1", "10.240.1.1"), attach("m2", "10.240.1.2")]);
});
afterAll(async () => {
  for (const server of servers) server.kill();
  await removeNetwork();
});

async function removeNetwork(): Promise<void> {
  for (const name of labNamespaces(lab)) await exec("ip", ["netns", "del", name]);
}

/** A namespace with the network of a machine, and a server on port 80 that says who called. */
async function attach(id: string, ip: string): Promise<void> {
  const netns = machineNetns(lab, id);
  const link = publicLink(id);
  await exec("ip", ["netns", "add", netns]);
  await exec("ip", [
    "-n",
    lab.netns,
    "link",
    "add",
    link,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    netns,
  ]);
  await ipBatch(lab.netns, [
    `link set ${link} up`,
    `route replace ${ip}/32 dev ${link} src ${labAddress}`,
  ]);
  await ipBatch(netns, [
    "link set lo up",
    `address add ${ip}/32 dev eth0`,
    "link set eth0 up",
    `route add default via ${labAddress} dev eth0 onlink`,
  ]);
  const program = `require("net").createServer((caller) => caller.end("${id} " + caller.remoteAddress))
    .listen(80, "0.0.0.0", () => console.log("ready"))`;
  const server = spawn("nsenter", [`--net=/run/netns/${netns}`, process.execPath, "-e", program]);
  servers.push(server);
  await new Promise((resolve) => server.stdout.once("data", resolve));
}

const ipBatch = (netns: string, lines: readonly string[]) =>
  exec("ip", ["-n", netns, "-batch", "-"], { input: `${lines.join("\n")}\n` });

/** What the server at an address says to a caller; "nobody" when none answers within a second. */
async function call(caller: "lab" | "m1" | "m2", address: string): Promise<string> {
  const netns = caller === "lab" ? lab.netns : machineNetns(lab, caller);
  const script = `exec 3<>/dev/tcp/${address}/80 && cat <&3`;
  const command = [`--net=/run/netns/${netns}`, "timeout", "1", "bash", "-c", script];
  return exec("nsenter", command).then(
    ({ stdout }) => stdout,
    () => "nobody",
  );
}

/** Puts in force that the reserved address leads to m1, behind a firewall with these rules or none. */
function policy(reservedIps: readonly string[], inbound?: readonly FlowRule[]): Promise<void> {
  const machine = (id: string, publicIp: string, changes: Partial<MachineNetwork> = {}) => ({
    id,
    publicIp,
    reservedIps: [],
    privateIp: null,
    vpcId: null,
    firewalled: false,
    inbound: [],
    outbound: [],
    ...changes,
  });
  const walled = inbound === undefined ? {} : { firewalled: true, inbound };
  return applyNetworkPolicy(lab, {
    machines: [
      machine("m1", "10.240.1.1", { reservedIps, ...walled }),
      machine("m2", "10.240.1.2"),
    ],
  });
}

const from = (cidr: string): FlowRule => ({ protocol: "tcp", ports: [80, 80], cidrs: [cidr] });

describe("packets in a lab", () => {
  it("to a reserved address reach its machine, from the sender's own address", async () => {
    await policy([reserved]);
    expect(await call("lab", reserved)).toBe(`m1 ${labAddress}`);
    expect(await call("m2", reserved)).toBe("m1 10.240.1.2");
    expect(await call("m1", "10.240.1.2")).toBe("m2 10.240.1.1");
  });

  it("from a machine to its own reserved address come back to it", async () => {
    await policy([reserved]);
    expect(await call("m1", reserved)).toBe(`m1 ${labAddress}`);
  });

  it("to a reserved address are let in as to the public one", async () => {
    await policy([reserved], [from("10.240.1.2/32")]);
    for (const address of [reserved, "10.240.1.1"]) {
      expect(await call("m2", address)).toBe("m1 10.240.1.2");
      expect(await call("lab", address)).toBe("nobody");
    }
    await policy([reserved], [from(`${labAddress}/32`)]);
    for (const address of [reserved, "10.240.1.1"]) {
      expect(await call("m2", address)).toBe("nobody");
      expect(await call("lab", address)).toBe(`m1 ${labAddress}`);
    }
  });

  it("to an address that leads nowhere get no answer", async () => {
    await policy([]);
    expect(await call("lab", reserved)).toBe("nobody");
    expect(await call("m2", reserved)).toBe("nobody");
  });
});
