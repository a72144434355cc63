import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bridged } from "../lib/bridge/bridged.ts";
import type { ResourceHandler } from "../lib/plugin.ts";
import { testEngine } from "../lib/testing.ts";
import { Client } from "../linode/client.ts";
import { clientOptions } from "../linode/config.ts";
import { linodePlugin } from "../linode/plugin.ts";
import { vpcSubnet } from "../linode/vpc-subnet.ts";
import { vpc } from "../linode/vpc.ts";
import { ScriptedServer, type Reply } from "./support/scripted-server.ts";

/** An answer in JSON, unless its headers say otherwise. */
interface JsonReply extends Omit<Reply, "body"> {
  readonly body?: unknown;
}

let server: ScriptedServer;
let replies: JsonReply[];
beforeEach(async () => {
  replies = [];
  server = await ScriptedServer.start(() => {
    const { status, headers, body = {} } = replies.shift() ?? { status: 200 };
    const type = { "content-type": "application/json", ...headers };
    return { status, headers: type, body: JSON.stringify(body) };
  });
});
afterEach(() => server.stop());
const lines = () => server.requests.map(({ method, url }) => `${method} ${url}`);

const { signal } = new AbortController();
const home = { HOME: "/nonexistent" };
const client = (): Client =>
  new Client({
    ...clientOptions({ token: "t0k3n", url: server.url }, home),
    minRetryDelayMs: 1,
    maxRetryDelayMs: 2,
  });
const trouble = (status: number, ...errors: readonly object[]): JsonReply => ({
  status,
  body: { errors },
});

describe("the client", () => {
  it("sends token, body and filter as the official one does", async () => {
    replies = [{ status: 200, body: { id: 7 } }];
    const answer = await client().request("POST", "/vpcs", signal, { label: "hw" }, { a: 1 });
    expect(answer).toEqual({ id: 7 });
    expect(server.requests).toMatchObject([
      {
        method: "POST",
        url: "/v4/vpcs",
        body: '{"label":"hw"}',
        headers: {
          authorization: "Bearer t0k3n",
          accept: "application/json",
          "content-type": "application/json",
          "x-filter": '{"a":1}',
        },
      },
    ]);
  });

  it.each([
    [trouble(400, { reason: "Linode busy." })],
    [trouble(408, { reason: "slow" })],
    [trouble(429, { reason: "too many" })],
    [trouble(503, { reason: "later" })],
    [{ status: 400, headers: { "content-type": "text/html", server: "nginx" } }],
  ])("asks again after %j", async (reply) => {
    replies = [reply, reply, { status: 200, body: { id: 1 } }];
    expect(await client().get("/vpcs/1", signal)).toEqual({ id: 1 });
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    [
      trouble(400, { field: "label", reason: "taken" }, { reason: "no" }),
      "[400] [label] taken; no",
    ],
    [{ ...trouble(503, { reason: "closed" }), headers: { "x-maintenance-mode": "1" } }, "[503]"],
    [trouble(500, { reason: "boom" }), "[500] boom"],
    [{ status: 502, headers: { "content-type": "text/html" } }, "[502] Bad Gateway"],
    [{ status: 418, headers: { "content-type": "text/html" } }, "[418] Unexpected Content-Type"],
  ])("fails at once after %j", async (reply, message) => {
    replies = [reply];
    await expect(client().get("/vpcs/1", signal)).rejects.toThrow(message);
    expect(server.requests).toHaveLength(1);
  });

  it("asks again after an error of the server where addresses are read", async () => {
    replies = [trouble(500, { reason: "boom" })];
    await client().get("/linode/instances/1/ips", signal);
    expect(server.requests).toHaveLength(2);
  });

  it("fails at once where nobody listens", async () => {
    const nowhere = new Client(clientOptions({ url: "http://127.0.0.1:2" }, home));
    await expect(nowhere.get("/vpcs/1", signal)).rejects.toThrow(
      '[002] Get "http://127.0.0.1:2/v4/vpcs/1": connect ECONNREFUSED 127.0.0.1:2',
    );
  });

  it("reads all pages of a list", async () => {
    replies = [1, 2].map((page) => ({
      status: 200,
      body: { data: [{ id: page }], page, pages: 2, results: 2 },
    }));
    expect(await client().list("/vpcs", signal)).toEqual([{ id: 1 }, { id: 2 }]);
    expect(lines()).toEqual(["GET /v4/vpcs?page=1", "GET /v4/vpcs?page=2"]);
  });

  it("asks for a plan once", async () => {
    const asking = client();
    await asking.get("/linode/types/g6-nanode-1", signal);
    await asking.get("/linode/types/g6-nanode-1", signal);
    expect(server.requests).toHaveLength(1);
  });
});

describe("the provider", () => {
  it("takes an argument before the environment, and that before the default", () => {
    const env = {
      ...home,
      LINODE_TOKEN: "of-env",
      LINODE_URL: "http://env",
      LINODE_EVENT_POLL_MS: "250",
    };
    expect(clientOptions({}, env)).toMatchObject({
      token: "of-env",
      origin: "http://env",
      version: "v4",
      eventPollMs: 250,
    });
    expect(clientOptions({ token: "given", eventPollMs: 5 }, env)).toMatchObject({
      token: "given",
      eventPollMs: 5,
    });
    expect(clientOptions({}, home)).toMatchObject({
      origin: "https://api.linode.com",
      eventPollMs: 4000,
      minRetryDelayMs: 3000,
      maxRetryDelayMs: 30_000,
    });
  });

  it("says so when it cannot do what is asked", () => {
    expect(() => clientOptions({ apiCaPath: "/ca.pem" }, home)).toThrow(
      "the lab's stand-in for the linode plugin does not do the provider's apiCaPath (LINODE_CA)",
    );
    expect(() => clientOptions({ configPath: "/etc/hostname" }, home)).toThrow(
      "does not do the token of a profile in /etc/hostname; set linode:token or LINODE_TOKEN",
    );
  });

  it("looks at once whether the API knows the token", async () => {
    const engine = await testEngine(linodePlugin(home));
    replies = [trouble(401, { reason: "Invalid Token" })];
    await expect(engine.configure({ token: "wrong", url: server.url })).rejects.toThrow(
      "Error connecting to the Linode API: [401] Invalid Token",
    );
    expect(lines()).toEqual(["GET /v4/linode/types?page=100"]);
    engine.close();
  });
});

describe("a read", () => {
  const context = { urn: "urn", type: "t", name: "n", signal, log: () => undefined };
  const handler = (resource: typeof vpc): ResourceHandler =>
    bridged(resource, { pollMs: 1, client });
  const subnet = { id: 5, label: "nodes", ipv4: "10.0.0.0/24", created: "2026-11-20T10:00:00" };

  it("imports what lies in another by both ids", async () => {
    replies = [{ status: 200, body: subnet }];
    const read = handler(vpcSubnet).read?.({ ...context, id: "4,5", state: {}, inputs: {} });
    expect(await read).toMatchObject({
      id: "5",
      inputs: { vpcId: 4, label: "nodes", ipv4: "10.0.0.0/24" },
      state: { id: "5", created: "2026-11-20T10:00:00Z" },
    });
    expect(lines()).toEqual(["GET /v4/vpcs/4/subnets/5"]);
    await expect(
      handler(vpcSubnet).read?.({ ...context, id: "5", state: {}, inputs: {} }),
    ).rejects.toThrow(
      'Unexpected Import Identifier: Expected import identifier with format: vpc_id, id. Got: "5"',
    );
  });

  it("finds that a resource is gone, and what has changed of one that is there", async () => {
    const state = { id: "4", label: "hw", region: "us-ord", description: "" };
    const inputs = { label: "hw", region: "us-ord" };
    replies = [
      trouble(404, { reason: "Not found" }),
      { status: 200, body: { id: 4, label: "drift", region: "us-ord", description: "new" } },
    ];
    expect(await handler(vpc).read?.({ ...context, id: "4", state, inputs })).toBeNull();
    expect(await handler(vpc).read?.({ ...context, id: "4", state, inputs })).toMatchObject({
      state: { label: "drift", description: "new" },
      inputs: { label: "drift", region: "us-ord" },
    });
  });
});
