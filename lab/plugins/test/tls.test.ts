import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { providerPb } from "../lib/proto.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import { Unknown, type PropertyMap } from "../lib/values.ts";
import { tlsPlugin } from "../tls/plugin.ts";

const { ADD_REPLACE, UPDATE, UPDATE_REPLACE } = providerPb.PropertyDiff.Kind;
const urns = {
  privateKey: testUrn("tls:index/privateKey:PrivateKey", "key"),
  certRequest: testUrn("tls:index/certRequest:CertRequest", "request"),
  selfSignedCert: testUrn("tls:index/selfSignedCert:SelfSignedCert", "ca"),
  locallySignedCert: testUrn("tls:index/locallySignedCert:LocallySignedCert", "leaf"),
};
const hours = (n: number) => n * 3_600_000;

let now = new Date("2030-01-02T03:04:05.678Z");
let engine: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  engine = await testEngine(tlsPlugin(() => now));
});
afterAll(() => {
  engine.close();
});

/** Checks and creates, as the engine does. */
async function up(urn: string, args: PropertyMap) {
  const checked = await engine.check(urn, args);
  expect(checked.failures).toEqual([]);
  const created = await engine.create(urn, args);
  return { inputs: checked.properties, state: created.properties, ...created };
}
function text(state: PropertyMap, name: string): string {
  const value = state[name];
  if (typeof value === "string") return value;
  throw new Error(`${name}: not in the state as text`);
}

async function authority(args: PropertyMap = {}) {
  const key = await up(urns.privateKey, { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const privateKeyPem = text(key.state, "privateKeyPem");
  const certificate = await up(urns.selfSignedCert, {
    privateKeyPem,
    subject: { commonName: "kubernetes-ca" },
    isCaCertificate: true,
    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
    validityPeriodHours: 24,
    ...args,
  });
  return { caPrivateKeyPem: privateKeyPem, caCertPem: text(certificate.state, "certPem") };
}

async function leaf(request: PropertyMap, args: PropertyMap = {}, keyArgs: PropertyMap = {}) {
  const key = await up(urns.privateKey, { algorithm: "ECDSA", ecdsaCurve: "P256", ...keyArgs });
  const csr = await up(urns.certRequest, {
    privateKeyPem: text(key.state, "privateKeyPem"),
    ...request,
  });
  const ca = await authority();
  const certificate = await up(urns.locallySignedCert, {
    ...ca,
    certRequestPem: text(csr.state, "certRequestPem"),
    allowedUses: ["digital_signature", "server_auth", "client_auth"],
    validityPeriodHours: 12,
    ...args,
  });
  return {
    ca,
    key,
    csr,
    ...certificate,
    x509: new X509Certificate(text(certificate.state, "certPem")),
  };
}

/** The certificate as openssl prints it; the tests that need it are skipped without it. */
function openssl(args: readonly string[], input: string): string {
  const { stdout, stderr } = spawnSync("openssl", args, { input, encoding: "utf8" });
  return stdout + stderr;
}
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe("PrivateKey", () => {
  it.each([
    ["RSA", { rsaBits: 2048 }, "RSA PRIVATE KEY", "ssh-rsa"],
    ["ECDSA", { ecdsaCurve: "P256" }, "EC PRIVATE KEY", "ecdsa-sha2-nistp256"],
    ["ECDSA", { ecdsaCurve: "P521" }, "EC PRIVATE KEY", "ecdsa-sha2-nistp521"],
    ["ED25519", {}, "PRIVATE KEY", "ssh-ed25519"],
  ])("gives %s %o in every form, all of the same key", async (algorithm, args, label, type) => {
    const { state, id, secrets } = await up(urns.privateKey, { algorithm, ...args });
    expect(text(state, "privateKeyPem")).toMatch(`-----BEGIN ${label}-----\n`);
    const publicPem = text(state, "publicKeyPem");
    for (const form of ["privateKeyPem", "privateKeyPemPkcs8"]) {
      const publicKey = createPublicKey(createPrivateKey(text(state, form)));
      expect(publicKey.export({ type: "spki", format: "pem" })).toBe(publicPem);
    }
    const openssh = ssh2.utils.parseKey(text(state, "privateKeyOpenssh"));
    if (openssh instanceof Error) throw openssh;
    expect(`${openssh.type} ${openssh.getPublicSSH().toString("base64")}\n`).toBe(
      state["publicKeyOpenssh"],
    );
    const signature = openssh.sign(Buffer.from("x"));
    if (signature instanceof Error) throw signature;
    expect(openssh.verify(Buffer.from("x"), signature)).toBe(true);
    expect(openssh.type).toBe(type);
    expect(state["publicKeyFingerprintMd5"]).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    expect(state["publicKeyFingerprintSha256"]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(id).toMatch(/^[0-9a-f]{40}$/);
    expect(secrets.toSorted()).toEqual([
      ["privateKeyOpenssh"],
      ["privateKeyPem"],
      ["privateKeyPemPkcs8"],
    ]);
  });

  it("takes P224 when no curve is given, which SSH does not have", async () => {
    const { state } = await up(urns.privateKey, { algorithm: "ECDSA" });
    expect(state).toMatchObject({
      ecdsaCurve: "P224",
      rsaBits: 2048,
      privateKeyOpenssh: "",
      publicKeyOpenssh: "",
      publicKeyFingerprintMd5: "",
    });
    expect(createPrivateKey(text(state, "privateKeyPem")).asymmetricKeyDetails).toEqual({
      namedCurve: "secp224r1",
    });
  });

  it("replaces the key for any change, and for none changes nothing", async () => {
    const { id, inputs, state } = await up(urns.privateKey, { algorithm: "ED25519" });
    const olds = { inputs, state };
    expect(await engine.diff(urns.privateKey, id, olds, inputs)).toMatchObject({ changed: false });
    expect(
      await engine.diff(urns.privateKey, id, olds, { algorithm: "ECDSA", ecdsaCurve: "P384" }),
    ).toMatchObject({
      kinds: { algorithm: UPDATE_REPLACE, ecdsaCurve: UPDATE_REPLACE },
      replaces: ["algorithm", "ecdsaCurve"],
    });
  });

  it("knows nothing of the key in a preview", async () => {
    const { properties } = await engine.create(urns.privateKey, { algorithm: "RSA" }, true);
    expect(properties).toMatchObject({
      algorithm: "RSA",
      rsaBits: 2048,
      privateKeyPem: Unknown,
      publicKeyOpenssh: Unknown,
    });
  });
});

describe("SelfSignedCert", () => {
  it("makes an authority that Go and OpenSSL take", async () => {
    const { caCertPem } = await authority();
    const certificate = new X509Certificate(caCertPem);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe("CN=kubernetes-ca");
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validToDate.getTime() - certificate.validFromDate.getTime()).toBe(hours(24));
    expect(BigInt(`0x${certificate.serialNumber}`)).toBeLessThan(1n << 128n);
  });

  it.runIf(hasOpenssl)("writes the extensions as Go does", async () => {
    const { caCertPem } = await authority({ setAuthorityKeyId: true, maxPathLength: 1 });
    const printed = openssl(["x509", "-noout", "-text"], caCertPem);
    expect(printed).toContain(
      "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:1",
    );
    expect(printed).toContain(
      "X509v3 Key Usage: critical\n                Digital Signature, Certificate Sign, CRL Sign",
    );
    const ids = [...printed.matchAll(/Key Identifier: \n\s+([0-9A-F:]{59})\n/g)].map(
      ([, id]) => id,
    );
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it("says in the state what was decided, and keeps the key secret", async () => {
    const { caPrivateKeyPem } = await authority();
    const { state, id, secrets } = await up(urns.selfSignedCert, {
      privateKeyPem: caPrivateKeyPem,
      subject: { commonName: "x" },
      allowedUses: [],
      validityPeriodHours: 1,
    });
    expect(state).toMatchObject({
      keyAlgorithm: "ECDSA",
      isCaCertificate: false,
      setSubjectKeyId: false,
      setAuthorityKeyId: false,
      earlyRenewalHours: 0,
      readyForRenewal: false,
      validityStartTime: "2030-01-02T03:04:05.678Z",
      validityEndTime: "2030-01-02T04:04:05.678Z",
    });
    expect(state).not.toHaveProperty("maxPathLength");
    expect(id).toBe(
      BigInt(`0x${new X509Certificate(text(state, "certPem")).serialNumber}`).toString(),
    );
    expect(secrets).toEqual([["privateKeyPem"]]);
  });

  it.each([
    ["an authority without a name", { subject: {} }, /^Invalid Certificate Subject: Must contain/],
    [
      "a broken key",
      { privateKeyPem: "no" },
      /^Failed to parse private key PEM: failed to decode PEM block: decoded bytes 0, undecoded 2$/,
    ],
    [
      "an address that is none",
      { ipAddresses: ["10.0.0.300"] },
      /^Invalid IP address: Failed to parse "10.0.0.300"$/,
    ],
  ])("refuses %s in the official words", async (_, args, message) => {
    await expect(authority(args)).rejects.toMatchObject({
      details: expect.stringMatching(message) as unknown,
    });
  });
});

describe("CertRequest", () => {
  it.runIf(hasOpenssl)("asks for the names, and proves that it has the key", async () => {
    const { csr } = await leaf({
      subject: { commonName: "system:node:worker-1", organization: "system:nodes" },
      dnsNames: ["worker-1"],
      ipAddresses: ["10.10.0.3", "fd00::3"],
      uris: ["spiffe://cluster/node"],
    });
    const printed = openssl(
      ["req", "-noout", "-text", "-verify"],
      text(csr.state, "certRequestPem"),
    );
    expect(printed).toMatch(/verify OK/);
    expect(printed).toMatch(/Subject: O\s?=\s?system:nodes, CN\s?=\s?system:node:worker-1/);
    expect(printed).toContain(
      "DNS:worker-1, IP Address:10.10.0.3, IP Address:FD00:0:0:0:0:0:0:3, URI:spiffe://cluster/node",
    );
  });
});

describe("LocallySignedCert", () => {
  it("takes subject and names from the request, and signs with the authority's key", async () => {
    const { x509, ca, key, state, secrets } = await leaf({
      subject: { commonName: "kube-apiserver", organization: "Ä & Co" },
      dnsNames: ["kubernetes.default.svc.cluster.local"],
      ipAddresses: ["10.32.0.1", "::1"],
    });
    const authorityCert = new X509Certificate(ca.caCertPem);
    expect(x509.checkIssued(authorityCert)).toBe(true);
    expect(x509.verify(authorityCert.publicKey)).toBe(true);
    expect(x509.checkPrivateKey(createPrivateKey(text(key.state, "privateKeyPem")))).toBe(true);
    expect(x509.subject).toBe("O=Ä & Co\nCN=kube-apiserver");
    expect(x509.subjectAltName).toBe(
      "DNS:kubernetes.default.svc.cluster.local, IP Address:10.32.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    expect(x509.ca).toBe(false);
    expect(x509.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    expect(state["caKeyAlgorithm"]).toBe("ECDSA");
    expect(secrets).toEqual([["caPrivateKeyPem"]]);
  });

  it.runIf(hasOpenssl)("verifies with openssl for each kind of key", async () => {
    const dir = mkdtempSync(join(tmpdir(), "hardway-tls-"));
    for (const keyArgs of [
      { algorithm: "RSA", rsaBits: 2048 },
      { algorithm: "ED25519" },
      { algorithm: "ECDSA", ecdsaCurve: "P384" },
      { algorithm: "ECDSA", ecdsaCurve: "P224" },
    ]) {
      now = new Date();
      const { ca, state } = await leaf({ dnsNames: ["a"] }, { setSubjectKeyId: true }, keyArgs);
      writeFileSync(join(dir, "ca.pem"), ca.caCertPem);
      const args = [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        join(dir, "ca.pem"),
      ];
      expect(openssl(args, text(state, "certPem"))).toContain("OK");
    }
    rmSync(dir, { recursive: true });
  });

  it.runIf(hasOpenssl)("marks usages and, without a subject, the names as critical", async () => {
    const { state } = await leaf({ dnsNames: ["a"] }, { allowedUses: ["digital_signature"] });
    const printed = openssl(["x509", "-noout", "-text"], text(state, "certPem"));
    expect(printed).toContain("X509v3 Key Usage: critical\n                Digital Signature\n");
    expect(printed).toContain("X509v3 Basic Constraints: critical\n                CA:FALSE");
    expect(printed).toContain("X509v3 Subject Alternative Name: critical\n                DNS:a");
    expect(printed).toMatch(/X509v3 Authority Key Identifier: \n/);
    const der = new X509Certificate(text(state, "certPem")).raw.toString("hex");
    expect(der).toContain("0603551d0f0101ff040403020780");
  });

  it("writes a name as Go does: string types by content, parts in Go's order, values of a part sorted", async () => {
    const { x509 } = await leaf({
      subject: {
        commonName: "kube*",
        country: "DE",
        organization: "O",
        streetAddresses: ["b street", "a"],
        emailAddress: "a@b.c",
      },
    });
    const name =
      "310b3009060355040613024445" + // C: printable
      "311b3008060355040913016130" + // street: the shorter first
      "0f060355040913086220737472656574" +
      "310a3008060355040a13014f" + // O
      "310e300c06035504030c056b7562652a"; // CN: "*" is not printable, so UTF-8
    expect(x509.raw.toString("hex")).toContain(name);
    expect(x509.subject).not.toContain("a@b.c");
  });

  it("refuses a key that is not the authority's", async () => {
    const other = await authority();
    await expect(leaf({}, { caPrivateKeyPem: other.caPrivateKeyPem })).rejects.toMatchObject({
      details:
        "Failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
    });
  });

  it("warns when the authority is none", async () => {
    const { key, state } = await leaf({ subject: { commonName: "leaf" } });
    await leaf(
      {},
      {
        caCertPem: text(state, "certPem"),
        caPrivateKeyPem: text(key.state, "privateKeyPem"),
      },
    );
    expect(engine.logged.at(-1)?.message).toContain(
      "does not appear to be a valid Certificate Authority",
    );
  });
});

describe("checks", () => {
  const reasons = async (args: PropertyMap) =>
    (await engine.check(urns.selfSignedCert, args)).failures.map(({ reason }) => reason);
  const good = { privateKeyPem: "k", allowedUses: [], validityPeriodHours: 1 };

  it("names unknown uses with those that are known", async () => {
    const [reason] = await reasons({ ...good, allowedUses: ["server_auth", "serverAuth"] });
    expect(reason).toMatch(
      /^Invalid Attribute Value Match\. Attribute allowed_uses\[1\] value must be one of: \["any_extended" "cert_signing" .*"timestamping"\], got: "serverAuth"\. Examine values at 'ca\.allowedUses\[1\]'\.$/,
    );
  });

  it("refuses what is missing, unknown or out of range, all at once", async () => {
    expect(
      await reasons({ privateKeyPem: "k", validityPeriodHours: -1, dnsName: "a", uris: [""] }),
    ).toEqual([
      'an unexpected argument "dnsName" was provided',
      "Missing required property 'allowedUses'",
      "Invalid Attribute Value. Attribute validity_period_hours value must be at least 0, got: -1. Examine values at 'ca.validityPeriodHours'.",
      "Invalid Attribute Value Length. Attribute uris[0] string length must be at least 1, got: 0. Examine values at 'ca.uris[0]'.",
    ]);
  });

  it("adds no defaults to the inputs, and lets what is not known pass", async () => {
    const args: PropertyMap = { ...good, privateKeyPem: Unknown, allowedUses: Unknown };
    const { properties, failures } = await engine.check(urns.selfSignedCert, args);
    expect(failures).toEqual([]);
    expect(properties).toEqual(args);
  });

  it("checks a key's algorithm and curve", async () => {
    const { failures } = await engine.check(urns.privateKey, {
      algorithm: "DSA",
      ecdsaCurve: "P1",
    });
    expect(failures.map(({ reason }) => reason)).toEqual([
      `Invalid Attribute Value Match. Attribute algorithm value must be one of: ["RSA" "ECDSA" "ED25519"], got: "DSA". Examine values at 'key.algorithm'.`,
      `Invalid Attribute Value Match. Attribute ecdsa_curve value must be one of: ["P224" "P256" "P384" "P521"], got: "P1". Examine values at 'key.ecdsaCurve'.`,
    ]);
  });
});

describe("changes and renewal", () => {
  const issue = async (args: PropertyMap = {}) => {
    now = new Date("2030-01-01T00:00:00Z");
    const { id, inputs, state } = await leaf(
      { subject: { commonName: "a" }, dnsNames: ["a"] },
      { validityPeriodHours: 10, ...args },
    );
    const diffAfter = (passed: number, changes: PropertyMap = {}) => {
      now = new Date(Date.parse("2030-01-01T00:00:00Z") + hours(passed));
      return engine.diff(urns.locallySignedCert, id, { inputs, state }, { ...inputs, ...changes });
    };
    return { id, inputs, state, diffAfter };
  };

  it("does nothing before the window, and replaces on a plain up within it", async () => {
    const { diffAfter } = await issue({ earlyRenewalHours: 3 });
    expect(await diffAfter(6.99)).toMatchObject({ changed: false });
    expect(await diffAfter(7)).toEqual({
      changed: true,
      kinds: { readyForRenewal: UPDATE_REPLACE },
      replaces: ["readyForRenewal"],
    });
  });

  it("replaces an ended certificate without an early renewal", async () => {
    const { diffAfter } = await issue();
    expect(await diffAfter(9.99)).toMatchObject({ changed: false });
    expect((await diffAfter(10)).replaces).toEqual(["readyForRenewal"]);
  });

  it("is always due when it is renewed as early as it lasts", async () => {
    const { state, diffAfter } = await issue({ earlyRenewalHours: 10 });
    expect(state["readyForRenewal"]).toBe(true);
    expect((await diffAfter(0)).replaces).toEqual(["readyForRenewal"]);
  });

  it("changes earlyRenewalHours in place, and the certificate stays", async () => {
    const { id, inputs, state, diffAfter } = await issue();
    expect(await diffAfter(1, { earlyRenewalHours: 2 })).toEqual({
      changed: true,
      kinds: { earlyRenewalHours: UPDATE },
      replaces: [],
    });
    const news = { ...inputs, earlyRenewalHours: 2 };
    for (const preview of [true, false]) {
      const updated = await engine.update(
        urns.locallySignedCert,
        id,
        { inputs, state },
        news,
        preview,
      );
      expect(updated.properties).toEqual({ ...state, earlyRenewalHours: 2 });
      expect(updated.secrets).toEqual([["caPrivateKeyPem"]]);
    }
  });

  it("replaces for everything else, and for what a preview does not know", async () => {
    const { diffAfter } = await issue();
    expect(
      await diffAfter(1, {
        allowedUses: ["digital_signature", "server_auth", "client_auth", "any_extended"],
      }),
    ).toMatchObject({ kinds: { "allowedUses[3]": ADD_REPLACE }, replaces: ["allowedUses"] });
    expect((await diffAfter(1, { caPrivateKeyPem: Unknown, isCaCertificate: true })).kinds).toEqual(
      {
        caPrivateKeyPem: UPDATE_REPLACE,
        isCaCertificate: UPDATE_REPLACE,
      },
    );
    expect(await diffAfter(1, { isCaCertificate: false, earlyRenewalHours: 0 })).toMatchObject({
      changed: false,
    });
  });

  it("keeps a path length that is no longer asked for, as the provider decides it then", async () => {
    const { id, inputs, state } = await issue({ maxPathLength: 2, isCaCertificate: true });
    const news = Object.fromEntries(
      Object.entries(inputs).filter(([name]) => name !== "maxPathLength"),
    );
    const diff = await engine.diff(urns.locallySignedCert, id, { inputs, state }, news);
    expect(diff).toMatchObject({ changed: false });
  });

  it("knows in a preview what it plans, but not what it makes", async () => {
    const { inputs } = await issue();
    const { properties } = await engine.create(
      urns.locallySignedCert,
      { ...inputs, certRequestPem: Unknown },
      true,
    );
    expect(properties).toMatchObject({
      validityPeriodHours: 10,
      readyForRenewal: false,
      certPem: Unknown,
      validityEndTime: Unknown,
    });
  });
});
