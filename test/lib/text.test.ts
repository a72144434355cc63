import { describe, expect, it } from "vitest";
import { bundle } from "../../components/lib/bundle.ts";
import { kubeconfig } from "../../components/lib/kubeconfig.ts";
import { render } from "../../components/lib/render.ts";
import { commandLine } from "../../components/lib/shell.ts";

describe("render", () => {
  it("fills placeholders, with or without spaces", () => {
    expect(render("a.env", "A={{ one }}\nB={{two}}\n", { one: 1, two: true })).toBe(
      "A=1\nB=true\n",
    );
  });

  it("fails on a placeholder without a value, naming text and line", () => {
    expect(() => render("a.env", "A=1\nB={{ two }}\n", {})).toThrow(
      "a.env:2: no value for the placeholder {{ two }}",
    );
  });

  it("fails on a value without a placeholder", () => {
    expect(() => render("a.env", "A=1\n", { two: 2 })).toThrow(
      "a.env: no placeholder for the value two",
    );
  });

  it("fails on a line break in a value, without showing the value", () => {
    const render1 = () => render("a.env", "A={{ key }}\n", { key: "secret\nB=2" });
    expect(render1).toThrow("a.env: the value of {{ key }} has a control character");
    expect(render1).not.toThrow("secret");
  });
});

describe("bundle", () => {
  it("puts each file behind a line that says where it goes", () => {
    const text = bundle({
      because: ["server certificate 0a"],
      links: [{ path: "/usr/local/bin/etcd", target: "/opt/hardway/etcd-1/etcd" }],
      files: [{ path: "/etc/a", content: "A", mode: "0600", owner: "etcd:etcd" }],
    });
    expect(text).toBe(
      ">>> because server certificate 0a\n" +
        ">>> link /usr/local/bin/etcd /opt/hardway/etcd-1/etcd\n" +
        ">>> file /etc/a 0600 etcd:etcd\nA\n>>> end\n",
    );
  });

  it("fails on a line that would end the file", () => {
    const build = () => bundle({ files: [{ path: "/etc/a", content: "x\n>>> file /etc/passwd" }] });
    expect(build).toThrow('/etc/a: a line starts with ">>> "');
  });

  it("fails on a path that is not one word", () => {
    expect(() => bundle({ files: [{ path: "/etc/a b", content: "" }] })).toThrow("not one word");
  });
});

describe("commandLine", () => {
  it("quotes only what the shell would read otherwise", () => {
    expect(commandLine("run.sh", "etcd.service", "it's", "a b")).toBe(
      `run.sh etcd.service 'it'\\''s' 'a b'`,
    );
  });
});

describe("kubeconfig", () => {
  const base = { clusterName: "dev", server: "https://10.10.0.2:6443", user: "admin" };

  it("holds no key when it names files", () => {
    const identity = { caFile: "/ca.crt", certificateFile: "/a.crt", keyFile: "/a.key" };
    const config = JSON.parse(kubeconfig({ ...base, identity })) as Record<string, unknown>;
    expect(config).toMatchObject({
      "current-context": "dev",
      users: [{ name: "admin", user: { "client-certificate": "/a.crt", "client-key": "/a.key" } }],
    });
  });

  it("holds the PEM texts in base64 otherwise", () => {
    const identity = { caPem: "CA", certificatePem: "CERT", keyPem: "KEY" };
    const text = kubeconfig({ ...base, identity });
    expect(text).toContain(`"client-key-data": "${Buffer.from("KEY").toString("base64")}"`);
    expect(text).toContain('"server": "https://10.10.0.2:6443"');
  });
});
