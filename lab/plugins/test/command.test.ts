import { generateKeyPairSync } from "node:crypto";
import { connect, createServer, type AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import ssh2, { type Connection, type Server, type ServerChannel } from "ssh2";
import { commandPlugin } from "../command/plugin.ts";
import { goQuote } from "../command/go-quote.ts";
import { dialWithRetry } from "../command/retry.ts";
import { authorizedKey, opensshPrivateKey } from "../lib/openssh.ts";
import { providerPb } from "../lib/proto.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import { Unknown, type PropertyMap } from "../lib/values.ts";

const { UPDATE, UPDATE_REPLACE } = providerPb.PropertyDiff.Kind;
const urn = testUrn("command:remote:Command", "step");
const ed25519 = () => generateKeyPairSync("ed25519");
const user = ed25519();
const userKey = opensshPrivateKey(user.privateKey);
const secretText = "s3cr3t-of-the-host";

/** What a command does on the test's host: answers by name, never runs anything. */
type Answer = (channel: ServerChannel, stdin: string) => void;
const answers: Record<string, Answer> = {
  hello: (channel) => {
    channel.write("hello\nworld\n");
    channel.exit(0);
  },
  "cat -": (channel, stdin) => {
    channel.write(`${stdin}|end`);
    channel.exit(0);
  },
  'fail "now"': (channel) => {
    channel.write("out\n");
    channel.stderr.write("err\n");
    channel.exit(3);
  },
  killed: (channel) => {
    channel.exit("KILL");
  },
  vanish: () => undefined,
};

/** A method that the types leave out. */
function withSocket(connection: Connection) {
  return connection as Connection & { setNoDelay(noDelay: boolean): void };
}

interface Host {
  readonly port: number;
  readonly hostKey: string;
  readonly ran: readonly string[];
  readonly environment: readonly string[];
  open(): number;
  close(): Promise<void>;
}

async function startHost(at = 0): Promise<Host> {
  const key = ed25519();
  const ran: string[] = [];
  const environment: string[] = [];
  const connections = new Set<Connection>();
  const server: Server = new ssh2.Server(
    { hostKeys: [opensshPrivateKey(key.privateKey)] },
    (connection) => {
      connections.add(connection);
      withSocket(connection).setNoDelay(true); // ssh2 leaves Nagle's 40 ms in every answer
      connection.on("close", () => connections.delete(connection));
      connection.on("error", () => undefined);
      connection.on("authentication", (attempt) => {
        const isOurs =
          attempt.method === "publickey" &&
          `${attempt.key.algo} ${attempt.key.data.toString("base64")}` ===
            authorizedKey(user.publicKey);
        if (isOurs) attempt.accept();
        else attempt.reject(["publickey"]);
      });
      connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
        const upstream = connect(destPort, destIP, () => {
          const channel = accept();
          channel.pipe(upstream).pipe(channel);
        });
        upstream.on("error", () => {
          reject();
        });
      });
      connection.on("session", (accept) => {
        const session = accept();
        session.on("env", (_accept, _reject, { key: name, val }) => {
          environment.push(`${name}=${val}`);
        });
        session.on("exec", (acceptExec, _reject, { command }) => {
          ran.push(command);
          const channel = acceptExec();
          let stdin = "";
          channel.on("data", (chunk: Buffer) => (stdin += chunk.toString()));
          channel.on("end", () => {
            answers[command]?.(channel, stdin);
            channel.end();
          });
        });
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: authorizedKey(key.publicKey),
    ran,
    environment,
    open: () => connections.size,
    close: () =>
      new Promise((resolve) => {
        connections.forEach((connection) => connection.end());
        server.close(() => {
          resolve();
        });
      }),
  };
}

describe("remote.Command", () => {
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let host: Host;
  beforeAll(async () => {
    [engine, host] = await Promise.all([testEngine(commandPlugin), startHost()]);
  });
  afterAll(async () => {
    engine.close();
    await host.close();
  });
  afterEach(() => {
    engine.logged.length = 0;
  });

  const connection = (changes: PropertyMap = {}): PropertyMap => ({
    host: "127.0.0.1",
    port: host.port,
    privateKey: userKey,
    hostKey: host.hostKey,
    dialErrorLimit: 0,
    ...changes,
  });
  /** Checks and then creates, as the engine does. */
  const up = async (args: PropertyMap) => {
    const checked = await engine.check(urn, { connection: connection(), ...args });
    expect(checked.failures).toEqual([]);
    return { inputs: checked.properties, ...(await engine.create(urn, checked.properties)) };
  };

  it("fills in the connection's defaults and keeps all of it secret", async () => {
    const { properties, secrets, failures } = await engine.check(urn, {
      connection: { host: "h", proxy: { host: "p" } },
    });
    const defaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
    expect(failures).toEqual([]);
    expect(properties).toEqual({
      connection: { host: "h", ...defaults, proxy: { host: "p", ...defaults } },
    });
    expect(secrets).toEqual([["connection"]]);
  });

  it("refuses by name what is missing, unknown, of the wrong type or not to be had here", async () => {
    const { failures } = await engine.check(urn, {
      connection: { hots: "h", port: "22" },
      stdin: 5,
      interpreter: ["sh"],
      environment: { A: "b" },
    });
    expect(failures.map(({ property }) => property).toSorted()).toEqual([
      "connection.host",
      "connection.hots",
      "connection.port",
      "environment",
      "interpreter",
      "stdin",
    ]);
    expect(failures.find(({ property }) => property === "interpreter")?.reason).toBe(
      "Unrecognized field 'interpreter' on 'remote.CommandInputs'",
    );
  });

  it("runs create and keeps what it printed, without the last newline", async () => {
    const { id, properties } = await up({ create: "hello" });
    expect(id).toMatch(/^step[0-9a-f]{8}$/);
    expect(properties).toMatchObject({ create: "hello", stdout: "hello\nworld", stderr: "" });
  });

  it("streams each line to the log while it runs, unless told not to", async () => {
    await up({ create: "hello" });
    expect(engine.logged.map(({ message, ephemeral }) => [message, ephemeral])).toEqual([
      ["hello", true],
      ["world", true],
    ]);
    engine.logged.length = 0;
    await up({ create: "hello", logging: "none" });
    await up({ create: "hello", logging: "stderr" });
    expect(engine.logged).toEqual([]);
  });

  it("sends stdin whole and closes it", async () => {
    const stdin = "x".repeat(300_000);
    const { properties } = await up({ create: "cat -", stdin, logging: "none" });
    expect(properties["stdout"]).toBe(`${stdin}|end`);
  });

  it("does nothing without create", async () => {
    const { properties } = await up({ update: "hello" });
    expect(properties).toMatchObject({ stdout: "", stderr: "" });
  });

  it("fails with the status, the quoted command and all it printed", async () => {
    await expect(up({ create: 'fail "now"' })).rejects.toMatchObject({
      details: 'Process exited with status 3: running "fail \\"now\\"":\nout\nerr\n',
    });
    await expect(up({ create: "killed" })).rejects.toMatchObject({
      details: expect.stringContaining("from signal KILL: running") as unknown,
    });
    await expect(up({ create: "vanish" })).rejects.toMatchObject({
      details: expect.stringContaining("without exit status or exit signal") as unknown,
    });
  });

  it("refuses a host whose key is not the pinned one", async () => {
    const other = authorizedKey(ed25519().publicKey);
    const ran = host.ran.length;
    await expect(
      up({ connection: connection({ hostKey: other }), create: "hello" }),
    ).rejects.toMatchObject({
      details: "after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    });
    expect(host.ran).toHaveLength(ran);
  });

  it("says which ways to log in were tried", async () => {
    const privateKey = opensshPrivateKey(ed25519().privateKey);
    await expect(
      up({ connection: connection({ privateKey }), create: "hello" }),
    ).rejects.toMatchObject({
      details: expect.stringContaining("attempted methods [none publickey]") as unknown,
    });
  });

  it("reads PKCS #8 keys as well, and never shows one that it cannot read", async () => {
    const pkcs8 = user.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await up({ connection: connection({ privateKey: pkcs8 }), create: "hello" });
    await expect(
      up({ connection: connection({ privateKey: secretText }), create: "hello" }),
    ).rejects.toMatchObject({ details: "ssh: no key found" });
  });

  it("dials again until the host is up", async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const created = up({
      connection: connection({ port, hostKey: null, dialErrorLimit: -1 }),
      create: "hello",
    });
    await expect.poll(() => engine.logged.length).toBeGreaterThan(0);
    const late = await startHost(port);
    expect((await created).properties["stdout"]).toBe("hello\nworld");
    expect(engine.logged[0]?.message).toBe("Dial 1/inf failed: retrying");
    await late.close();
  });

  it("goes through a proxy, with the target's key pinned from end to end", async () => {
    const proxy = await startHost();
    const through = connection({
      proxy: connection({ port: proxy.port, hostKey: proxy.hostKey }),
    });
    await up({ connection: through, create: "hello" });
    expect(proxy.ran).toEqual([]);
    await expect(
      up({ connection: { ...through, hostKey: proxy.hostKey }, create: "hello" }),
    ).rejects.toMatchObject({ details: expect.stringMatching(/^proxy: .*mismatch$/) as unknown });
    await expect.poll(() => proxy.open() + host.open()).toBe(0);
    await proxy.close();
  });

  it("leaves no connection open", async () => {
    await up({ create: "hello" });
    await expect.poll(() => host.open()).toBe(0);
  });

  it("runs update on a change, else create again; delete only when there is one", async () => {
    const { id, inputs, properties } = await up({ create: "hello" });
    const olds = { inputs, state: properties };
    const before = host.ran.length;
    await engine.update(urn, id, olds, { ...inputs, stdin: "x" });
    const changed = { ...inputs, update: "cat -", stdin: "new" };
    const updated = await engine.update(urn, id, olds, changed);
    expect(updated.properties["stdout"]).toBe("new|end");
    await engine.delete(urn, id, olds);
    const state = { ...properties, delete: 'fail "now"' };
    await expect(engine.delete(urn, id, { inputs, state })).rejects.toThrow("status 3");
    expect(host.ran.slice(before)).toEqual(["hello", "cat -", 'fail "now"']);
  });

  it("offers the previous output to the next run, unless told not to", async () => {
    const { id, inputs, properties } = await up({ create: "hello" });
    const olds = { inputs, state: properties };
    const before = host.environment.length;
    await engine.update(urn, id, olds, { ...inputs, addPreviousOutputInEnv: false });
    expect(host.environment).toHaveLength(before);
    await engine.update(urn, id, olds, inputs);
    expect(host.environment.slice(before)).toEqual(["PULUMI_COMMAND_STDOUT=hello\nworld"]);
  });

  it("updates in place for any input, and replaces for triggers", async () => {
    const { id, inputs, properties } = await up({ create: "hello", triggers: [1] });
    const olds = { inputs, state: properties };
    expect(await engine.diff(urn, id, olds, inputs)).toMatchObject({ changed: false });
    expect(await engine.diff(urn, id, olds, { ...inputs, create: "cat -" })).toMatchObject({
      kinds: { create: UPDATE },
      replaces: [],
    });
    expect(await engine.diff(urn, id, olds, { ...inputs, triggers: [2] })).toMatchObject({
      kinds: { "triggers[0]": UPDATE_REPLACE },
      replaces: ["triggers"],
    });
  });

  it("connects to nothing in a preview, and does not know what a changed command will print", async () => {
    const { id, inputs, properties } = await up({ create: "hello", stdin: "a" });
    const olds = { inputs, state: properties };
    const ran = host.ran.length;
    const planned = await engine.create(urn, { ...inputs, stdin: Unknown }, true);
    expect(planned.properties).toMatchObject({ stdout: Unknown, stderr: Unknown, create: "hello" });
    const changed = await engine.update(urn, id, olds, { ...inputs, stdin: "b" }, true);
    expect(changed.properties).toMatchObject({ stdout: Unknown, stdin: "b" });
    expect(host.ran).toHaveLength(ran);
  });

  it("shows no key in any log or error", async () => {
    await up({ create: "hello" });
    await up({ create: 'fail "now"', stdin: secretText }).catch((error: unknown) => {
      expect(String(error)).not.toContain(secretText);
    });
    expect(JSON.stringify(engine.logged)).not.toMatch(/PRIVATE KEY|s3cr3t/);
  });
});

describe("dialWithRetry", () => {
  it("gives up after the limit with the last reason", async () => {
    const failed: string[] = [];
    const refused = () => Promise.reject(new Error("refused"));
    await expect(
      dialWithRetry(refused, 2, new AbortController().signal, (n, limit) => {
        failed.push(`${n}/${limit}`);
      }),
    ).rejects.toThrow("after 2 failed attempts: refused");
    expect(failed).toEqual(["1/2", "2/2"]);
  });

  it("stops when it is cancelled", async () => {
    const cancel = new AbortController();
    const dialling = dialWithRetry(
      () => Promise.reject(new Error("refused")),
      -1,
      cancel.signal,
      () => {
        cancel.abort(new Error("cancelled"));
      },
    );
    await expect(dialling).rejects.toThrow();
  });
});

describe("goQuote", () => {
  it("quotes as Go does", () => {
    expect(goQuote('a "b"\n\t\\ \x01\x7f é\u2028')).toBe(
      '"a \\"b\\"\\n\\t\\\\ \\x01\\x7f é\\u2028"',
    );
  });
});
