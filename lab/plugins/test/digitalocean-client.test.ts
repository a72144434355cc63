import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client } from "../digitalocean/client.ts";
import { clientOptions } from "../digitalocean/config.ts";
import { goDuration, waitForState } from "../lib/bridge/wait.ts";
import { ScriptedServer, type Reply } from "./support/scripted-server.ts";

let server: ScriptedServer;
let replies: Reply[];
beforeEach(async () => {
  replies = [];
  server = await ScriptedServer.start(() => replies.shift() ?? { status: 204 });
});
afterEach(() => server.stop());

const { signal } = new AbortController();
const client = (retries = 0): Client =>
  new Client({
    token: "t0k3n",
    endpoint: server.url,
    retries,
    minWaitSeconds: 0,
    maxWaitSeconds: 0,
    requestsPerSecond: 0,
  });
const failed = { status: 500, body: '{"id":"server_error","message":"boom"}' };

describe("the client", () => {
  it("sends token and body as the official one does", async () => {
    replies = [{ status: 201, body: '{"tag":{"name":"k8s"}}' }];
    const answer = await client().request("POST", "/v2/tags", signal, { name: "k8s" });
    expect(answer).toEqual({ tag: { name: "k8s" } });
    expect(server.requests).toMatchObject([
      {
        method: "POST",
        url: "/v2/tags",
        body: '{"name":"k8s"}',
        headers: {
          authorization: "Bearer t0k3n",
          accept: "application/json",
          "content-type": "application/json",
        },
      },
    ]);
  });

  it.each([
    [{ status: 422, body: '{"message":"bad","request_id":"r1"}' }, ': 422 (request "r1") bad'],
    [
      { status: 404, headers: { "x-request-id": "r2" }, body: '{"message":"gone"}' },
      ': 404 (request "r2") gone',
    ],
    [{ status: 403, body: "no JSON" }, ": 403 no JSON"],
  ])("words %j as the official one does", async (reply, text) => {
    replies = [reply];
    await expect(client().request("DELETE", "/v2/vpcs/x", signal)).rejects.toThrow(
      `DELETE ${server.url}/v2/vpcs/x${text}`,
    );
  });

  it("tries again after 429 and 5xx, and no more often than it may", async () => {
    replies = [
      { status: 429, headers: { "retry-after": "0" } },
      failed,
      { status: 200, body: "{}" },
    ];
    await client(2).get("/v2/account", signal);
    expect(server.requests).toHaveLength(3);

    replies = [failed, failed];
    await expect(client(1).get("/v2/account", signal)).rejects.toThrow(
      `GET ${server.url}/v2/account: 500 boom; giving up after 2 attempt(s)`,
    );
    expect(server.requests).toHaveLength(5);
  });

  it("does not try again what cannot pass", async () => {
    for (const status of [401, 404, 409, 422, 501]) {
      replies = [{ status, body: '{"message":"no"}' }];
      await expect(client(3).get("/v2/account", signal)).rejects.toThrow(`: ${status} no`);
    }
    expect(server.requests).toHaveLength(5);
  });

  it("says what it could not reach, and never the token", async () => {
    const unreachable = new Client({
      ...clientOptions({ token: "t0k3n", apiEndpoint: "http://127.0.0.1:1" }, {}),
      retries: 0,
    });
    await expect(unreachable.get("/v2/account", signal)).rejects.toThrow(
      /^Get "http:\/\/127\.0\.0\.1:1\/v2\/account": (?!.*t0k3n)/,
    );
  });

  it("finds nothing where the API has nothing", async () => {
    replies = [{ status: 404, body: "{}" }];
    expect(await client().find("/v2/vpcs/x", signal)).toBeNull();
  });
});

describe("the provider's arguments", () => {
  it("win over the environment, and that over the defaults", () => {
    expect(clientOptions({}, {})).toEqual({
      token: "",
      endpoint: "https://api.digitalocean.com",
      retries: 4,
      minWaitSeconds: 1,
      maxWaitSeconds: 30,
      requestsPerSecond: 0,
    });
    const env = {
      DIGITALOCEAN_ACCESS_TOKEN: "second",
      DIGITALOCEAN_API_URL: "http://env",
      DIGITALOCEAN_HTTP_RETRY_MAX: "7",
    };
    expect(clientOptions({}, env)).toMatchObject({
      token: "second",
      endpoint: "http://env",
      retries: 7,
    });
    expect(clientOptions({}, { ...env, DIGITALOCEAN_TOKEN: "first" }).token).toBe("first");
    const given = { token: "given", apiEndpoint: "http://given", httpRetryMax: 0 };
    expect(clientOptions(given, env)).toMatchObject({
      token: "given",
      endpoint: "http://given",
      retries: 0,
    });
  });
});

describe("a wait", () => {
  const wait = (states: (string | null)[], timeoutSeconds = 60) =>
    waitForState(
      () => Promise.resolve(states.length > 1 ? (states.shift() ?? null) : (states[0] ?? null)),
      {
        target: "active",
        pending: ["new"],
        timeoutSeconds,
        pollMs: 0,
        signal,
      },
    );

  it("ends at the target, whatever was hidden or missing before", async () => {
    await wait([null, "new", "hidden", "new", "active"]);
  });

  it.each([
    [["off"], 60, "unexpected state 'off', wanted target 'active'. last error: %!s(<nil>)"],
    [
      ["new"],
      0,
      "timeout while waiting for state to become 'active' (last state: 'new', timeout: 0s)",
    ],
    [[null], 60, "couldn't find resource (121 retries)"],
  ])("for %j ends as Terraform's does", async (states, timeout, message) => {
    await expect(wait(states, timeout)).rejects.toThrow(message);
  });

  it("prints durations as Go does", () => {
    expect([3600, 120, 75, 45, 3661].map(goDuration)).toEqual([
      "1h0m0s",
      "2m0s",
      "1m15s",
      "45s",
      "1h1m1s",
    ]);
  });
});
