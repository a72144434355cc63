import { describe, expect, it } from "vitest";
import { type EngineEvent, plainText, UpdateProgress } from "../cli/events.ts";

const urn = (type: string, name: string): string => `urn:pulumi:dev::hardway::${type}::${name}`;

function step(op: string, type: string, name: string, custom = true, diffs: string[] = []) {
  const metadata = { op, type, urn: urn(type, name), old: null, new: { custom }, diffs };
  return {
    begin: { resourcePreEvent: { metadata } } satisfies EngineEvent,
    end: { resOutputsEvent: { metadata } } satisfies EngineEvent,
    fail: { resOpFailedEvent: { metadata } } satisfies EngineEvent,
  };
}

const droplet = step("create", "digitalocean:index/droplet:Droplet", "master-1");
const etcd = step("create", "command:remote:Command", "master-1-etcd");

describe("what the engine's events are shown as", () => {
  it("shows each resource with its kind and the time it took", () => {
    const progress = new UpdateProgress();
    expect(progress.take(droplet.begin, 1000)).toEqual([]);
    expect(progress.take(droplet.end, 4200)).toEqual(["+ master-1 Droplet 3.2 s"]);
    expect(progress.steps).toEqual([
      {
        urn: urn("digitalocean:index/droplet:Droplet", "master-1"),
        op: "create",
        startedMs: 1000,
        endedMs: 4200,
      },
    ]);
  });

  it("counts keys and certificates instead of naming each", () => {
    const progress = new UpdateProgress();
    for (const name of ["ca", "admin", "etcd"]) {
      const key = step("create", "tls:index/privateKey:PrivateKey", name);
      progress.take(key.begin, 0);
      expect(progress.take(key.end, 100)).toEqual([]);
    }
    progress.take(droplet.begin, 0);
    expect(progress.take(droplet.end, 1000)).toEqual([
      "+ 3 keys and certificates",
      "+ master-1 Droplet 1.0 s",
    ]);
    expect(progress.steps).toHaveLength(4);
  });

  it("says which properties made an update", () => {
    const progress = new UpdateProgress();
    const update = step("update", "command:remote:Command", "worker-1-kubelet", true, ["stdin"]);
    progress.take(update.begin, 0);
    expect(progress.take(update.end, 12_000)).toEqual(["~ worker-1-kubelet Command (stdin) 12 s"]);
  });

  it("leaves out components, providers and what stays the same", () => {
    const progress = new UpdateProgress();
    for (const quiet of [
      step("create", "hardway:etcd:EtcdMember", "etcd", false),
      step("create", "pulumi:providers:kubernetes", "cluster"),
      step("same", "command:remote:Command", "master-1-etcd"),
    ]) {
      progress.take(quiet.begin, 0);
      expect(progress.take(quiet.end, 5)).toEqual([]);
    }
    expect(progress.note(10)).toBe("0 done");
  });

  it("names what runs and for how long", () => {
    const progress = new UpdateProgress();
    progress.take(droplet.begin, 0);
    progress.take(droplet.end, 1000);
    progress.take(etcd.begin, 1000);
    expect(progress.note(4000)).toBe("1 done; master-1-etcd 3 s");
  });

  it("says what a resource that takes long last said of itself", () => {
    const progress = new UpdateProgress();
    progress.take(etcd.begin, 0);
    const about = { urn: urn("command:remote:Command", "master-1-etcd"), severity: "info" };
    progress.take({ diagnosticEvent: { ...about, message: "dialing", ephemeral: true } }, 1);
    expect(progress.note(2000)).toBe("0 done; master-1-etcd 2 s (dialing)");
  });

  it("shows a failure at once and keeps its error whole", () => {
    const progress = new UpdateProgress();
    progress.take(etcd.begin, 0);
    const message = "<{%fg 1%}>etcd did not answer<{%reset%}>\nlast lines:\n  a\n  b\n";
    const diagnosticEvent = {
      urn: urn("command:remote:Command", "master-1-etcd"),
      message,
      severity: "error",
    };
    expect(progress.take({ diagnosticEvent }, 1)).toEqual([]);
    expect(progress.take(etcd.fail, 2500)).toEqual([
      "! master-1-etcd Command: create failed after 2.5 s",
    ]);
    expect(progress.errors).toEqual(["master-1-etcd: etcd did not answer\nlast lines:\n  a\n  b"]);
  });

  it("shows warnings, and neither debug lines nor passing status", () => {
    const progress = new UpdateProgress();
    const say = (severity: string, ephemeral = false) =>
      progress.take({ diagnosticEvent: { message: "careful", severity, ephemeral } }, 0);
    expect(say("warning")).toEqual(["careful"]);
    expect(say("debug")).toEqual([]);
    expect(say("warning", true)).toEqual([]);
  });

  it("knows when there was nothing to do, and only at the end", () => {
    const progress = new UpdateProgress();
    expect(progress.isUnchanged).toBe(false);
    progress.take({ summaryEvent: { resourceChanges: { same: 230 } } }, 0);
    expect(progress.isUnchanged).toBe(true);
    progress.take({ summaryEvent: { resourceChanges: { same: 229, update: 1 } } }, 0);
    expect(progress.isUnchanged).toBe(false);
  });

  it("counts what was done, by the engine's own summary", () => {
    const progress = new UpdateProgress();
    const resourceChanges = { create: 57, update: 3, same: 12 };
    progress.take({ summaryEvent: { resourceChanges } }, 0);
    expect(progress.summary()).toBe("57 created, 3 updated, 12 unchanged");
  });

  it("removes the engine's colour marks", () => {
    expect(plainText("<{%bold%}>a<{%reset%}> < b\n")).toBe("a < b");
  });
});
