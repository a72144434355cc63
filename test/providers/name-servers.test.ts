import { describe, expect, it } from "vitest";
import { nameServers, type Asker } from "../../components/providers/name-servers.ts";

const cloud = ["ns1.cloud.example", "ns2.cloud.example"];
const question = {
  domain: "example.com",
  name: "api.prod.example.com",
  addresses: ["203.0.113.11", "203.0.113.12"],
};
/** For what is to succeed, on a busy machine too, and for what is to fail. */
const patient = { totalMs: 60_000, pauseMs: 1 };
const soon = { totalMs: 50, pauseMs: 1 };

/** A DNS with one server; what it and the resolver say of the name, one answer after the other, the last for ever. */
function dns(
  server: readonly (readonly string[] | null)[],
  resolver: readonly (readonly string[])[],
): Asker & { readonly log: string[] } {
  const log: string[] = [];
  const next = <T>(answers: readonly T[], kind: string): T => {
    const asked = log.filter((line) => line === kind).length;
    log.push(kind);
    return answers[Math.min(asked, answers.length - 1)] as T;
  };
  return {
    log,
    serversOf: () => Promise.resolve(["ns1.cloud.example"]),
    lookUp: (name) =>
      Promise.resolve(name === question.name ? next(resolver, "resolver") : ["198.51.100.53"]),
    ask: () => Promise.resolve(next(server, "server")),
  };
}

const { addresses } = question;

describe("waiting for a name", () => {
  it("ends when the zone's server has all of its addresses, and asks the resolver only then", async () => {
    const asker = dns([[], ["203.0.113.11"], addresses], [addresses]);
    await nameServers(asker, patient).awaitServed(question);
    expect(asker.log).toEqual(["server", "server", "server", "resolver"]);
  });

  it("goes on while the resolver remembers an older answer", async () => {
    const asker = dns([addresses], [[], ["203.0.113.9"], ["203.0.113.12"]]);
    await nameServers(asker, patient).awaitServed(question);
    expect(asker.log.filter((line) => line === "resolver")).toHaveLength(3);
  });

  it("trusts the resolver where the zone's servers cannot be asked", async () => {
    const asker = dns([null], [["203.0.113.11"], addresses]);
    await nameServers(asker, patient).awaitServed(question);
    expect(asker.log.filter((line) => line === "resolver")).toHaveLength(2);
  });

  it("fails with what was said last", async () => {
    const waiting = nameServers(dns([["203.0.113.9"]], [[]]), soon).awaitServed(question);
    await expect(waiting).rejects.toThrow(
      "domain: api.prod.example.com does not lead to 203.0.113.11, 203.0.113.12 after 0.05 s: " +
        "a name server of example.com says 203.0.113.9; run `pulumi up` again once it does",
    );
  });

  it("fails with a resolver that keeps to its opinion", async () => {
    const waiting = nameServers(dns([addresses], [[]]), soon).awaitServed(question);
    await expect(waiting).rejects.toThrow(
      "this machine's resolver says that there is no such name",
    );
  });
});

describe("a zone's delegation", () => {
  const check = (servers: readonly string[], address: (name: string) => readonly string[]) => {
    const asker = { ...dns([], []), serversOf: () => Promise.resolve(servers) };
    const lookUp = (name: string) => Promise.resolve(address(name));
    return nameServers({ ...asker, lookUp }, soon).checkDelegation("example.com", cloud);
  };

  it("is right with one of the cloud's servers, and with one of theirs under another name", async () => {
    await check(["ns2.cloud.example"], () => []);
    await check(["dns.example.net"], () => ["198.51.100.53"]);
  });

  it("fails where others are asked for the zone", async () => {
    await expect(check(["ns.other.example"], (name) => [name])).rejects.toThrow(
      "domain: its name servers are not the cloud's for example.com, got ns.other.example; " +
        "have the zone's registrar name ns1.cloud.example, ns2.cloud.example",
    );
  });

  it("fails where nobody is", async () => {
    await expect(check([], () => [])).rejects.toThrow(
      'domain: no name server has this zone, got "example.com"; have the zone\'s registrar name',
    );
  });
});

describe("the addresses of a name", () => {
  it("are those of the zone's servers before those that the resolver remembers", async () => {
    const asker = dns([addresses], [["203.0.113.9"]]);
    expect(await nameServers(asker).addressesOf("example.com", question.name)).toEqual(addresses);
  });

  it("are the resolver's where the servers know none or cannot be asked", async () => {
    for (const said of [[], null]) {
      const asker = dns([said], [addresses]);
      expect(await nameServers(asker).addressesOf("example.com", question.name)).toEqual(addresses);
    }
  });
});
