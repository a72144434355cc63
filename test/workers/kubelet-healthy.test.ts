import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAsset } from "../../components/lib/assets.ts";

/** Runs kubelet-healthy.sh with curl and systemctl played. Does not prove what kubelet answers: the lab does. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hardway-kubelet-"));
  mkdirSync(join(root, "net.d"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Played {
  /** Whether the process itself says that it is well. */
  readonly healthz?: boolean;
  /** The Node's Ready condition; null for a Node that is not there. */
  readonly ready?: "True" | "False" | "Unknown" | null;
  /** When it was said; kubelet was started at noon. */
  readonly heard?: string;
  readonly hasPodNetwork?: boolean;
  /** Which certificates it has that it asked for, where it does. */
  readonly certificates?: readonly ("client" | "server")[];
}

function isHealthy(played: Played): boolean {
  const { healthz = true, ready = "True", heard = "12:00:03", hasPodNetwork = true } = played;
  if (hasPodNetwork) writeFileSync(join(root, "net.d", "10-flannel.conflist"), "{}");
  const condition = (type: string, status: string) => `      {
        "type": "${type}",
        "status": "${status}",
        "lastHeartbeatTime": "2026-11-28T${heard}Z",
        "lastTransitionTime": "2026-11-01T00:00:00Z",
        "message": "a word"
      }`;
  const conditions = [condition("MemoryPressure", "False"), condition("Ready", ready ?? "")];
  writeFileSync(join(root, "node.json"), `{ "conditions": [\n${conditions.join(",\n")} ] }`);
  const answer = ready === null ? "exit 22" : `cat ${root}/node.json`;
  play(
    "curl",
    `case "$*" in *:10248/*) ${healthz ? "exit 0" : "exit 22"} ;; *https://api/api/v1/nodes/w*) ${answer} ;; *) exit 2 ;; esac`,
  );
  play("systemctl", 'echo "Sat 2026-11-28 12:00:00 ${TZ-no zone}"');
  const script = join(root, "kubelet-healthy.sh");
  writeFileSync(
    script,
    readAsset("scripts/kubelet-healthy.sh").replaceAll("/etc/cni/net.d", join(root, "net.d")),
  );
  const { certificates } = played;
  for (const which of certificates ?? []) {
    writeFileSync(join(root, `kubelet-${which}-current.pem`), "PEM");
  }
  const env = { ...process.env, PATH: `${root}:${process.env["PATH"] ?? ""}` };
  const store = certificates === undefined ? [] : [root];
  return spawnSync("sh", [script, "https://api", "w", ...store], { env }).status === 0;
}

function play(program: string, script: string): void {
  writeFileSync(join(root, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

describe("a kubelet is healthy when", () => {
  it("it works and its Node is Ready", () => {
    expect(isHealthy({})).toBe(true);
  });

  it("it works and its Node is there, before the machine has a pod network", () => {
    expect(isHealthy({ ready: "False", hasPodNetwork: false })).toBe(true);
  });
});

describe("a kubelet is not healthy when", () => {
  it.each<[what: string, played: Played]>([
    ["the process is not well, whatever its Node says", { healthz: false }],
    ["there is no Node", { ready: null }],
    ["there is no Node, nor a pod network", { ready: null, hasPodNetwork: false }],
    ["its Node is not Ready, though it could be", { ready: "False" }],
    ["nothing was heard of its Node for long", { ready: "Unknown" }],
    ["only the process before it said Ready", { heard: "11:59:59" }],
  ])("%s", (_what, played) => {
    expect(isHealthy(played)).toBe(false);
  });

  it("it has both certificates, where it asks for them", () => {
    expect(isHealthy({ certificates: [] })).toBe(false);
    expect(isHealthy({ certificates: ["client"] })).toBe(false);
    expect(isHealthy({ certificates: ["client", "server"] })).toBe(true);
  });
});
