import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kubeconfigFor, parseKubeconfigCommand } from "../../cli/kubeconfig/command.ts";
import { kubeconfig } from "../../components/lib/kubeconfig.ts";

describe("the command", () => {
  const parse = (...args: string[]) => parseKubeconfigCommand(["--stack", "prod", ...args], {});

  it("takes several groups, and a month when nothing is said", () => {
    expect(parse("--user", "alice@example.com", "--group", "dev", "--group=ops")).toEqual({
      stack: "prod",
      user: "alice@example.com",
      groups: ["dev", "ops"],
      days: 30,
      out: undefined,
    });
    expect(parse("--user", "bob", "--group", "hardway:operators").groups).toEqual([
      "hardway:operators",
    ]);
  });

  it.each([
    [["--group", "dev"], "--user: missing"],
    [["--user", "system:admin"], `--user: a name of the cluster's own, got "system:admin"; write`],
    [["--user", "kubernetes-admin"], "--user: a name of the cluster's own"],
    [["--user", "hardway:node-remover"], "--user: a name of the cluster's own"],
    [["--user", "alice", "--group", "system:masters"], "--group: a name of the cluster's own"],
    [["--user", "alice/O=system:masters"], "--user: not letters, digits"],
    [["--user", "a".repeat(65)], "--user: not letters, digits"],
    [["--user", "-alice"], "--user: not letters, digits"],
    [["--user", "alice", "--group", "dev,ops"], "--group: not letters, digits"],
    [["--user", "alice", "--days", "91"], '--days: not between 1 and 90, got "91"; write 30'],
    [["--user", "alice", "--days", "0"], "--days: not between 1 and 90"],
  ])("refuses %j", (args, said) => {
    expect(() => parse(...args)).toThrow(said);
  });
});

/**
 * Against an API server and a signer that are played, with a real openssl. Does not prove that Kubernetes signs: the lab does.
 */
describe("a kubeconfig for a person", () => {
  let dir: string;
  let server: Server;
  let isAllowed = true;
  const asked: { method: string; path: string; body: Record<string, never> }[] = [];
  const printed: string[] = [];
  const file = (name: string) => join(dir, name);
  const read = (name: string) => readFileSync(file(name), "utf8");
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: dir, stdio: ["ignore", "pipe", "ignore"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "hardway-person-"));
    asked.length = printed.length = 0;
    isAllowed = true;
    const name = ["-subj", "/CN=api", "-addext", "subjectAltName=IP:127.0.0.1"];
    openssl("req", "-x509", ...key, ...name, "-days", "1", "-keyout", "ca.key", "-out", "ca.crt");
    const tls = { ca: read("ca.crt"), cert: read("ca.crt"), key: read("ca.key") };
    server = createServer({ ...tls, requestCert: true }, (request, response) => {
      void answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const identity = { caPem: tls.ca, certificatePem: tls.cert, keyPem: tls.key };
    play(
      kubeconfig({
        clusterName: "prod",
        server: "https://127.0.0.1:1", // which is down
        user: "kubernetes-admin",
        identity,
        others: [{ name: "prod-master-2", server: `https://127.0.0.1:${port}` }],
      }),
    );
    vi.stubEnv("PATH", `${dir}${delimiter}${process.env["PATH"] ?? ""}`);
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    server.close();
    rmSync(dir, { recursive: true });
  });

  function play(output: string) {
    writeFileSync(file("pulumi"), `#!/bin/sh\ncat <<'END'\n${output}\nEND\n`);
    chmodSync(file("pulumi"), 0o755);
  }

  /** The certificates API, whose signer takes what was approved and lets it live for a day. */
  async function answer(request: IncomingMessage, response: ServerResponse) {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString() || "{}") as Record<string, never>;
    const { method = "", url: path = "" } = request;
    asked.push({ method, path, body });
    const reply = (status: number, object: object) => {
      response.writeHead(status).end(JSON.stringify(object));
    };
    if (!isAllowed) {
      reply(403, { kind: "Status", message: 'User "kubernetes-admin" cannot create' });
    } else if (method === "POST") {
      reply(201, { ...body, metadata: { name: "kubeconfig-x7k2p" } });
    } else if (method === "PUT") {
      reply(200, body);
    } else {
      const { spec } = asked[0]?.body as unknown as { spec: { request: string } };
      writeFileSync(file("csr"), Buffer.from(spec.request, "base64"));
      openssl("x509", "-req", "-in", "csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-out", "crt");
      const certificate = Buffer.from(read("crt")).toString("base64");
      reply(200, { metadata: { name: "kubeconfig-x7k2p" }, status: { certificate } });
    }
  }
  const make = (out?: string) =>
    kubeconfigFor(
      { stack: "prod", user: "alice", groups: ["dev", "hardway:operators"], days: 7, out },
      { project: dir, caller: dir },
    );
  const decode = (base64: string) => Buffer.from(base64, "base64").toString();

  it("has the person's names and a key that fits, and every way to the cluster", async () => {
    expect(await make()).toBe(0);
    const made = JSON.parse(printed.join("")) as {
      clusters: object[];
      contexts: { context: { user: string } }[];
      users: [{ name: string; user: Record<string, string> }];
    };
    const [{ name, user }] = made.users;
    const certificate = new X509Certificate(decode(user["client-certificate-data"] ?? ""));
    expect(name).toBe("alice");
    expect(certificate.subject.split("\n")).toEqual(["O=dev", "O=hardway:operators", "CN=alice"]);
    const privateKey = createPrivateKey(decode(user["client-key-data"] ?? ""));
    expect(certificate.checkPrivateKey(privateKey)).toBe(true);
    expect(made.clusters).toHaveLength(2);
    expect(made.contexts.map(({ context }) => context.user)).toEqual(["alice", "alice"]);
    expect(printed.join("")).not.toContain(Buffer.from(read("ca.key")).toString("base64"));
  });

  it("asks for a client's certificate of that life, and approves that request alone", async () => {
    await make();
    expect(
      asked.map(({ method, path }) => `${method} ${path.split("/").slice(4).join("/")}`),
    ).toEqual([
      "POST certificatesigningrequests",
      "PUT certificatesigningrequests/kubeconfig-x7k2p/approval",
      "GET certificatesigningrequests/kubeconfig-x7k2p",
    ]);
    expect(asked[0]?.body).toMatchObject({
      spec: {
        signerName: "kubernetes.io/kube-apiserver-client",
        expirationSeconds: 7 * 24 * 3600,
        usages: ["client auth", "digital signature"],
      },
    });
    expect(asked[1]?.body).toMatchObject({
      status: { conditions: [{ type: "Approved", status: "True" }] },
    });
  });

  it("goes into a file that nobody else can read, whatever was there", async () => {
    writeFileSync(file("alice.kubeconfig"), "old", { mode: 0o644 });
    await make("alice.kubeconfig");
    expect(statSync(file("alice.kubeconfig")).mode & 0o777).toBe(0o600);
    expect(read("alice.kubeconfig")).toContain('"alice"');
    expect(printed).toEqual([]);
  });

  it("says so when the operator may not, and what is no kubeconfig", async () => {
    isAllowed = false;
    await expect(make()).rejects.toThrow('User "kubernetes-admin" cannot create; does');
    play("{}");
    await expect(make()).rejects.toThrow('prod: its output "kubeconfig" is none');
  });
});
