import { mkdtempSync, writeFileSync, rmSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  certificates,
  parseCertificatesCommand,
  readOutput,
} from "../../cli/certificates/command.ts";
import { expiriesOf } from "../../cli/certificates/expiry.ts";

const now = new Date("2027-01-01T00:00:00Z");
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString();

describe("npm run certificates", () => {
  let dir: string;
  const said: string[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "hardway-certificates-"));
    said.length = 0;
    vi.spyOn(console, "log").mockImplementation((text: string) => said.push(text));
    vi.stubEnv("PATH", `${dir}${delimiter}${process.env["PATH"] ?? ""}`);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });

  /** With a `pulumi` that prints these dates, and the stack's other outputs. */
  const check = (dates: object, days = 45, isJson = false, others: object = {}) => {
    const program = join(dir, "pulumi");
    const output = { kubeconfig: "[secret]", certificates: dates, ...others };
    writeFileSync(program, `#!/bin/sh\ncat <<'END'\n${JSON.stringify(output)}\nEND\n`);
    chmodSync(program, 0o755);
    return certificates({ stack: "prod", days, isJson }, dir, now);
  };

  it("is content while none ends soon, and says which is the first", async () => {
    expect(
      await check({ admin: inDays(200), ca: inDays(3000), "worker-1-kubelet": inDays(90) }),
    ).toBe(0);
    expect(said[0]).toContain(
      "none ends within 45 days; the first is worker-1-kubelet, in 90 days",
    );
  });

  it("fails from so many days before, and names each and no other", async () => {
    expect(await check({ admin: inDays(44.5), ca: inDays(3000), etcd: inDays(0.5) })).toBe(1);
    expect(said[0]).toMatch(/etcd +2027-01-01T12:00:00.000Z +today\nadmin +\S+ +in 44 days\n/);
    expect(said[0]).not.toContain("ca ");
    expect(said[0]).toContain("run `pulumi up`");
    expect(await check({ admin: inDays(44.5) }, 30)).toBe(0);
  });

  it("says when it is too late", async () => {
    expect(await check({ admin: inDays(-1) })).toBe(1);
    expect(said[0]).toContain("has ended");
    expect(said[0]).toContain("docs/certificates.md");
  });

  it("has numbers for programs", async () => {
    expect(await check({ admin: inDays(10) }, 45, true)).toBe(1);
    expect(JSON.parse(said[0] ?? "")).toEqual({
      stack: "prod",
      certificates: [{ name: "admin", ends: inDays(10), daysLeft: 10 }],
      selfRenewing: [],
    });
  });

  it("names those that renew themselves, and asks nothing for them", async () => {
    const others = { selfRenewingCertificates: ["worker-1-kubelet"] };
    expect(await check({ admin: inDays(200) }, 45, false, others)).toBe(0);
    expect(said[0]).toContain("\nrenewed by kubelet itself: worker-1-kubelet");
    expect(await check({ admin: inDays(4) }, 45, false, others)).toBe(1);
    expect(said[1]).toContain("\nrenewed by kubelet itself: worker-1-kubelet");
  });

  it("fails, and not as if all were well, on a stack that has no such output", () => {
    for (const text of [
      "{}",
      '{"certificates": {}}',
      '{"certificates": {"admin": "soon"}}',
      "null",
    ]) {
      expect(() => readOutput("prod", text)).toThrow('prod: its output "certificates" is not');
    }
  });
});

it("an hour before its end a certificate has no whole day left, and an hour after it has ended", () => {
  const left = (hours: number) => expiriesOf({ a: inDays(hours / 24) }, now)[0]?.daysLeft;
  expect(left(1)).toBe(0);
  expect(left(-1)).toBe(-1);
});

it("the command names what it does not know", () => {
  expect(parseCertificatesCommand(["--stack=prod"], {})).toEqual({
    stack: "prod",
    days: 45,
    isJson: false,
  });
  expect(() => parseCertificatesCommand(["--stack", "prod", "--days", "soon"], {})).toThrow(
    '--days: not a number of days, got "soon"; write 45',
  );
});
