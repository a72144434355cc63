import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { forward, labAddressOf } from "../cli/forward.ts";
import { instructions, parsePage } from "../cli/open.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("parsePage", () => {
  it("takes the port of the scheme when the URL names none", () => {
    expect(parsePage("https://demo.lab.test/a")).toMatchObject({
      host: "demo.lab.test",
      port: 443,
    });
    expect(parsePage("http://demo.lab.test")).toMatchObject({ port: 80 });
    expect(parsePage("https://10.240.1.2:6443")).toMatchObject({ host: "10.240.1.2", port: 6443 });
  });

  it.each(["demo.lab.test", "ftp://demo.lab.test", ""])("refuses %j", (page) => {
    expect(() => parsePage(page)).toThrow("lab open: not an http or https URL, got");
  });
});

describe("instructions", () => {
  it("keep the page's name and path, and trust the lab's root only where it is asked", () => {
    const lines = instructions(
      parsePage("https://demo.lab.test/a?b"),
      "10.240.1.1",
      4711,
      "/r.pem",
    );
    expect(lines).toContain(
      "https://demo.lab.test:4711/a?b on this machine leads to 10.240.1.1:443",
    );
    expect(lines).toContain(
      "curl --resolve demo.lab.test:4711:127.0.0.1 --cacert /r.pem https://demo.lab.test:4711/a?b",
    );
    expect(lines).not.toMatch(/insecure|-k /);
  });

  it("lead to an address by the loopback address alone", () => {
    const lines = instructions(parsePage("http://10.240.1.2:6443/x"), "10.240.1.2", 4711, null);
    expect(lines).toBe(
      "http://127.0.0.1:4711/x on this machine leads to 10.240.1.2:6443 in the lab, until Ctrl-C.",
    );
  });

  it("have no root for plain http", () => {
    const lines = instructions(parsePage("http://demo.lab.test/"), "10.240.1.1", 4711, null);
    expect(lines).not.toContain("cacert");
  });
});

describe("forward", () => {
  it("joins a connection with the address there is now, both ways", async () => {
    const echo = createServer((socket) => {
      socket.once("data", (got) => socket.end(`got ${String(got)}`));
    });
    const port = await listening(echo);
    const server = createServer();
    forward(server, () => Promise.resolve("127.0.0.1"), port);
    const client = connect({ port: await listening(server), host: "127.0.0.1" });
    client.write("hello");
    expect(await text(client)).toBe("got hello");
  });

  it("cuts a connection for which there is nobody, and goes on", async () => {
    const server = createServer();
    let asked = 0;
    forward(
      server,
      () => {
        asked += 1;
        return asked === 1 ? Promise.reject(new Error("no name")) : Promise.resolve("127.0.0.1");
      },
      1, // nobody listens there
    );
    const port = await listening(server);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const client = connect({ port, host: "127.0.0.1" });
      client.on("error", () => undefined);
      await once(client, "close");
    }
    expect(asked).toBe(2);
  });
});

it("an address needs no DNS", async () => {
  expect(await labAddressOf("10.240.1.1", "192.0.2.1")).toBe("10.240.1.1");
});
