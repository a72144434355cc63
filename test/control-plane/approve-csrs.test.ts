import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

interface Request {
  readonly name?: string;
  readonly signer?: string;
  readonly user?: string;
  readonly usages?: readonly string[];
  readonly conditions?: readonly string[];
  /** Arguments of `openssl req`. */
  readonly subject?: string;
  readonly names?: string | undefined;
  readonly extra?: readonly string[];
}

const signers = {
  client: "kubernetes.io/kube-apiserver-client-kubelet",
  serving: "kubernetes.io/kubelet-serving",
};
const nodes = "worker-1 10.10.0.21 a1b2c3\nworker-2 10.10.0.22 00e123\n";
const subjectOf = (node: string) => `/O=system:nodes/CN=system:node:${node}`;

/** As kubelet of worker-1 asks. */
const serving: Request = {
  signer: signers.serving,
  user: "system:node:worker-1",
  usages: ["digital signature", "server auth"],
  subject: subjectOf("worker-1"),
  names: "DNS:worker-1,IP:10.10.0.21",
};
const client: Request = {
  signer: signers.client,
  user: "system:bootstrap:a1b2c3",
  usages: ["digital signature", "client auth"],
  subject: subjectOf("worker-1"),
};

/**
 * The script as it is, with requests that openssl makes and reads; the API is played, and ends the script when it was asked for what
 * comes. Does not prove that kubelet asks like this, or that the controller manager signs it: the lab does.
 */
describe("approve-csrs.sh", () => {
  let host: ScriptHost;
  beforeEach(() => {
    host = new ScriptHost();
    mkdirSync(host.path("run/approver"));
    writeFileSync(host.path("nodes"), nodes);
    execFileSync("openssl", [
      "ecparam",
      "-name",
      "prime256v1",
      "-genkey",
      "-noout",
      "-out",
      host.path("key"),
    ]);
    host.write(
      "usr-bin/kubectl",
      `#!/bin/sh
case $* in *"certificate approve"*) for it; do :; done; echo "approve $it" >> "$calls" ;; *) cat ${host.path("list")} ;; esac
`,
    );
    host.play("systemd-notify", 'echo "notify $*" >> "$calls"');
    host.play("sleep", "kill $PPID");
    host.play(
      "curl",
      `for it; do :; done
case $*$it in
  *DELETE*) echo "delete \${it##*/}" >> "$calls" ;;
  */events) cat >> ${host.path("events")} ;;
  *watch=true*) [ ! -e ${host.path("watched")} ] || cat ${host.path("watched")} ;;
esac`,
    );
  });
  afterEach(() => {
    host[Symbol.dispose]();
  });

  function pemOf({ subject = subjectOf("worker-1"), names, extra = [] }: Request): string {
    const ext = names === undefined ? [] : ["-addext", `subjectAltName=${names}`];
    const args = ["req", "-new", "-key", host.path("key"), "-subj", subject, ...ext, ...extra];
    return execFileSync("openssl", args, { encoding: "utf8" });
  }

  /** What kubectl prints of them with the script's template. */
  function given(...requests: readonly Request[]): void {
    const lines = requests.map((request, index) => {
      const { name = `csr-${index + 1}`, signer, user, usages = [], conditions = [] } = request;
      const quoted = (words: readonly string[]) => words.map((it) => JSON.stringify(it)).join("");
      const pem = Buffer.from(pemOf(request)).toString("base64");
      const values = [[name], ["uid"], [signer ?? ""], [user ?? ""], usages, conditions, [pem]];
      return values.map((value) => `${quoted(value)}\n`).join("");
    });
    writeFileSync(host.path("list"), lines.join(""));
  }

  function run() {
    const env = `RUNTIME_DIRECTORY=${host.path("run/approver")} CREDENTIALS_DIRECTORY=/credentials`;
    return host.shell([
      "-c",
      `${env} exec sh ${host.path("lib/approve-csrs.sh")} ${host.path("nodes")}`,
    ]);
  }
  const approved = () => [...host.calls.matchAll(/^approve (.*)$/gm)].map(([, name]) => name);
  const events = () => (existsSync(host.path("events")) ? host.read("events") : "");

  it("approves what a worker's kubelet asks for, and then tells systemd that it is up", () => {
    given(client, serving);
    expect(run().stdout).toBe(
      "csr-1: approved: first client certificate of worker-1\ncsr-2: approved: serving certificate of worker-1\n",
    );
    expect(host.calls).toBe(
      "approve csr-1\ndelete bootstrap-token-a1b2c3\napprove csr-2\nnotify --ready\n",
    );
    expect(events()).toBe("");
  });

  it.each<[string, Request, string]>([
    [
      "another node's name",
      { names: "DNS:worker-1,DNS:worker-2,IP:10.10.0.21" },
      "it names DNS:worker-2",
    ],
    [
      "another node's address",
      { names: "DNS:worker-1,IP:10.10.0.22" },
      "it names IP Address:10.10.0.22",
    ],
    ["an e-mail address", { names: "DNS:worker-1,email:a@b" }, "it names email:ab"],
    ["no name", { names: undefined }, "extensions"],
    ["another node", { subject: subjectOf("worker-2") }, "its subject is CN=system:node:worker-2"],
    [
      "two nodes",
      { subject: `${subjectOf("worker-1")}/CN=system:node:worker-2` },
      "its subject is",
    ],
    ["another group", { subject: "/O=system:masters/CN=system:node:worker-1" }, "its subject is"],
    ["other usages", { usages: ["digital signature", "server auth", "client auth"] }, "its usages"],
    [
      "a machine that is no worker",
      { user: "system:node:master-1", subject: subjectOf("master-1") },
      "master-1 is no worker",
    ],
    ["a user who is no node", { user: "worker-1" }, "its user is no node"],
  ])("leaves a serving certificate for %s pending, and says so once", (_, change, why) => {
    given({ ...serving, ...change });
    expect(run().stderr).toContain(why);
    expect(approved()).toEqual([]);
    expect(host.calls).not.toContain("delete");
    expect(events()).toContain(why);
    expect(events()).toContain('name: "csr-1.not-approved"');
  });

  it.each<[string, Request, string]>([
    [
      "with the token of another worker",
      { user: "system:bootstrap:00e123" },
      "its subject is CN=system:node:worker-1",
    ],
    [
      "with a token of nobody",
      { user: "system:bootstrap:00e456" },
      "its token 00e456 is that of no worker",
    ],
    ["with names", { names: "DNS:worker-1" }, "extensions"],
    ["for other usages", { usages: ["digital signature", "server auth"] }, "its usages"],
    [
      "in another group",
      { subject: "/O=system:masters/CN=system:node:worker-1" },
      "its subject is",
    ],
  ])("leaves a first client certificate %s pending", (_, change, why) => {
    given({ ...client, ...change });
    expect(run().stderr).toContain(why);
    expect(approved()).toEqual([]);
    expect(events()).toContain(why);
  });

  it("approves one request for each token", () => {
    given({ ...client, name: "before", conditions: ["Approved"] }, client);
    expect(run().stderr).toContain("the token a1b2c3 of worker-1 was used before");
    expect(approved()).toEqual([]);
  });

  it("approves one of two that come together", () => {
    given(client, client);
    run();
    expect(approved()).toEqual(["csr-1"]);
  });

  it("leaves to others what is theirs, or decided", () => {
    given(
      { ...client, user: "system:node:worker-1" },
      { ...client, user: "alice" },
      { ...serving, signer: "kubernetes.io/kube-apiserver-client" },
      { ...serving, conditions: ["Denied"] },
    );
    expect(run().stderr).toBe("");
    expect(host.calls).toBe("notify --ready\n");
    expect(events()).toBe("");
  });

  it("is not misled by what the one who asks can choose", () => {
    const forged = `x\n"uid"\n"${signers.serving}"\n"system:node:worker-1"`;
    given(
      { ...serving, user: "system:node:worker-2", name: forged },
      { ...serving, user: `a" "b` },
    );
    run();
    expect(approved()).toEqual([]);
  });

  it("looks again when something new is asked for", () => {
    given(client);
    writeFileSync(
      host.path("watched"),
      `{"type":"ADDED","object":{"spec":{"signerName":"${signers.client}"}}}\n`,
    );
    run();
    expect(approved()).toEqual(["csr-1", "csr-1"]);
  });
});
