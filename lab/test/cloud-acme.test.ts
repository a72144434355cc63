import { X509Certificate } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { publicAddress } from "../cloud/acme/acme.ts";
import { startDns, type DnsServer } from "../cloud/acme/dns.ts";
import { makeIdentity } from "../cloud/acme/identity.ts";
import { keepAcmeRunning } from "../cloud/acme/services.ts";
import type { Machine } from "../cloud/model.ts";

const host = "127.0.0.1";

describe("the lab's DNS", () => {
  let behind: Socket;
  let dns: DnsServer;
  const seen: string[] = [];

  beforeAll(async () => {
    behind = createSocket("udp4", (query, { port, address }) => {
      seen.push(query.toString("latin1"));
      const silent = query.includes("silent");
      if (!silent) behind.send(Buffer.concat([query, Buffer.from("answered")]), port, address);
    });
    behind.bind(0, host);
    await once(behind, "listening");
    dns = await startDns(
      { host, port: 0 },
      "lab.test",
      { host, port: behind.address().port },
      () => [],
    );
  });
  afterAll(async () => {
    await dns.close();
    behind.close();
  });

  /** A query for an A record, with an EDNS record behind it, as resolvers send it. */
  const query = (name: string): Buffer =>
    Buffer.concat([
      Buffer.from("abcd01000001000000000001", "hex"),
      ...name
        .split(".")
        .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
      Buffer.from("0000010001", "hex"),
      Buffer.from("0000291000000000000000", "hex"),
    ]);

  async function overUdp(message: Buffer): Promise<Buffer> {
    const socket = createSocket("udp4");
    const reply = once(socket, "message");
    socket.send(message, dns.port, host);
    const [answer] = (await reply) as [Buffer];
    socket.close();
    return answer;
  }

  async function overTcp(messages: readonly Buffer[], wanted: number): Promise<Buffer> {
    const socket = connect(dns.port, host);
    const framed = messages.map((message) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      return Buffer.concat([length, message]);
    });
    socket.write(Buffer.concat(framed));
    let got = Buffer.alloc(0);
    for await (const chunk of socket) {
      got = Buffer.concat([got, chunk as Buffer]);
      if (got.length >= wanted) break;
    }
    return got;
  }

  it.each(["demo.lab.test", "DEMO.Lab.Test", "a.b.lab.test"])("passes %s on", async (name) => {
    const answer = await overUdp(query(name));
    expect(answer.toString("latin1")).toBe(`${query(name).toString("latin1")}answered`);
  });

  it.each(["example.org", "notlab.test", "lab.test.example.org", "test"])(
    "says that there is no %s, to whoever asks, and asks nobody",
    async (name) => {
      seen.length = 0;
      const answer = await overUdp(query(name));
      const asked = query(name);
      expect(answer.toString("hex", 0, 12)).toBe("abcd85830001000000000000");
      expect(answer.subarray(12).equals(asked.subarray(12, asked.length - 11))).toBe(true);
      expect(seen).toEqual([]);
    },
  );

  it("answers several queries of one TCP connection", async () => {
    const [one, two] = [query("example.org"), query("demo.lab.test")];
    const sizes = [2 + one.length - 11, 2 + two.length + "answered".length];
    const answer = await overTcp([one, two], (sizes[0] ?? 0) + (sizes[1] ?? 0));
    expect(answer.readUInt16BE(0)).toBe(one.length - 11);
    expect(answer.toString("latin1")).toMatch(/answered$/);
  });

  it("says so when the server behind is silent, and when a query cannot be read", async () => {
    expect((await overUdp(query("silent.lab.test"))).readUInt8(3) & 15).toBe(2);
    const pointer = Buffer.from("abcd01000001000000000000c00c00010001", "hex");
    expect((await overUdp(pointer)).toString("hex")).toBe("abcd85810000000000000000");
  });
});

describe("the machine behind the lab's names", () => {
  const machine = (id: number, name: string, changes: Partial<Machine> = {}): Machine =>
    ({ id, name, publicIp: `10.240.1.${id}`, phase: "ready", power: "on", ...changes }) as Machine;

  it("is the first worker that is on", () => {
    const machines = [
      machine(3, "worker-2"),
      machine(1, "master-1"),
      machine(2, "worker-1", { power: "off" }),
    ];
    expect(publicAddress({ machines, reservedIps: [] })).toBe("10.240.1.3");
  });

  it("is called by the address that is kept for it", () => {
    const machines = [machine(1, "worker-1"), machine(2, "worker-2")];
    const kept = (machineId: number) => ({
      ip: `10.240.240.${machineId}`,
      region: "fra1",
      machineId,
      actions: [],
    });
    expect(publicAddress({ machines, reservedIps: [kept(2), kept(1)] })).toBe("10.240.240.1");
    expect(publicAddress({ machines, reservedIps: [kept(2)] })).toBe("10.240.1.1");
  });

  it("is another machine while there is no worker, and none while all are off", () => {
    const worker = machine(2, "worker-1", { phase: "new" });
    const machines = [worker, machine(1, "master-1")];
    expect(publicAddress({ machines, reservedIps: [] })).toBe("10.240.1.1");
    expect(publicAddress({ machines: [worker], reservedIps: [] })).toBe("");
  });
});

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "hardway-acme-"));
});
afterEach(() => rm(dir, { recursive: true }));

it("the ACME server's certificate is for its address, and its authority's key is nowhere", async () => {
  await makeIdentity(dir, "10.240.0.1");
  const read = (name: string): string => readFileSync(join(dir, name), "utf8");
  const [authority, certificate] = [
    new X509Certificate(read("ca.pem")),
    new X509Certificate(read("cert.pem")),
  ];
  expect(certificate.checkIP("10.240.0.1")).toBe("10.240.0.1");
  expect(certificate.checkIssued(authority)).toBe(true);
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect([authority.ca, certificate.ca]).toEqual([true, false]);
  expect(read("key.pem")).toContain("PRIVATE KEY");
  expect(statSync(join(dir, "key.pem")).mode & 0o077).toBe(0);
});

describe("keepAcmeRunning", () => {
  let records: Server;
  const told: string[] = [];
  beforeEach(async () => {
    told.length = 0;
    records = createServer((request, response) => {
      request.on("data", (body) => told.push(`${request.url ?? ""} ${String(body)}`));
      request.on("end", () => response.end());
    });
    records.listen(0, host);
    await once(records, "listening");
    mkdirSync(join(dir, "acme", "bin"), { recursive: true });
    mkdirSync(join(dir, "logs"));
  });
  afterEach(() => {
    records.close();
  });
  const keep = (address: () => string, lines: string[]): { close(): Promise<void> } => {
    const { port } = records.address() as AddressInfo;
    const at = { host, port: 0 };
    const ports = {
      host,
      directory: 0,
      management: 0,
      dns: at,
      names: at,
      records: { host, port },
    };
    return keepAcmeRunning({ stateDir: dir }, ports, address, (line) => lines.push(line));
  };

  it("tells the server of names each address once", async () => {
    let address = "10.240.1.1";
    const kept = keep(() => address, []);
    await vi.waitFor(() => {
      expect(told).toEqual(['/set-default-ipv4 {"ip":"10.240.1.1"}']);
    }, 10_000);
    address = "10.240.1.2";
    await vi.waitFor(() => {
      expect(told.slice(1)).toEqual(['/set-default-ipv4 {"ip":"10.240.1.2"}']);
    }, 10_000);
    await kept.close();
  });

  it("starts a program again that ended, and nothing that is not there", async () => {
    const lines: string[] = [];
    copyFileSync("/bin/true", join(dir, "acme", "bin", "pebble"));
    const kept = keep(() => "", lines);
    await vi.waitFor(() => {
      expect(lines.length).toBeGreaterThan(1);
    }, 10_000);
    expect(new Set(lines)).toEqual(new Set(["started pebble"]));
    rmSync(join(dir, "acme", "bin", "pebble"));
    await kept.close();
  });
});
