import { describe, expect, it } from "vitest";
import { begin, type Call, load, Observer } from "../cli/bench/api-client.ts";
import { criticalPath, roomTimes } from "../cli/bench/critical-path.ts";
import { unitMemory } from "../cli/bench/memory.ts";
import type { StepTime } from "../cli/events.ts";
import type { StoredResource } from "../cli/state.ts";

const urn = (name: string): string => `urn:pulumi:dev::hardway::t::${name}`;

function step(name: string, startedMs: number, endedMs: number): StepTime {
  return { urn: urn(name), op: "create", startedMs, endedMs };
}

function resource(
  name: string,
  dependencies: readonly string[] = [],
  more: Partial<StoredResource> = {},
): StoredResource {
  return {
    urn: urn(name),
    type: "command:remote:Command",
    dependencies: dependencies.map(urn),
    ...more,
  };
}

describe("critical path", () => {
  it("follows from the last step what each waited for longest", () => {
    const steps = [
      step("key", 0, 500),
      step("machine", 100, 3000),
      step("etcd", 3100, 5000),
      step("unrelated", 0, 4900),
    ];
    const resources = [
      resource("key"),
      resource("machine"),
      resource("etcd", ["key", "machine"]),
      resource("unrelated"),
    ];
    const path = criticalPath(steps, resources);
    expect(path.map(({ name, waitedSeconds, seconds }) => [name, waitedSeconds, seconds])).toEqual([
      ["machine", 0.1, 2.9],
      ["etcd", 0.1, 1.9],
    ]);
  });

  it("looks through a provider to what it waited for", () => {
    const steps = [step("apiserver", 0, 4000), step("namespace", 4200, 4500)];
    const resources = [
      resource("apiserver"),
      resource("provider", ["apiserver"], { type: "pulumi:providers:kubernetes" }),
      resource("namespace", [], { provider: `${urn("provider")}::some-id` }),
    ];
    expect(criticalPath(steps, resources).map(({ name }) => name)).toEqual([
      "apiserver",
      "namespace",
    ]);
  });

  it("counts time for the folder of the component that made a step", () => {
    const etcd = resource("etcd-component", [], { type: "hardway:etcd:EtcdCluster" });
    const steps = [step("member", 1000, 3000)];
    const rooms = roomTimes(steps, [resource("member", [], { parent: etcd.urn }), etcd]);
    expect(rooms).toEqual([
      { room: "etcd", steps: 1, startSeconds: 0, endSeconds: 2, criticalSeconds: 2 },
    ]);
  });
});

describe("memory of units", () => {
  it("adds up the processes of each, and pods apart", () => {
    const ps = [
      "etcd.service     52000 12:name=systemd:/system.slice/etcd.service",
      "containerd.service 1024 1:name=systemd:/system.slice/containerd.service",
      "containerd.service 1024 1:name=systemd:/system.slice/containerd.service",
      "-               10240 3:memory:/kubepods/burstable/pod1/abc",
      "init.scope       2048 1:name=systemd:/init.scope",
      "",
    ].join("\n");
    expect(unitMemory(ps)).toEqual([
      { unit: "etcd.service", rssMib: 52000 / 1024 },
      { unit: "pods", rssMib: 10 },
      { unit: "containerd.service", rssMib: 2 },
      { unit: "other", rssMib: 2 },
    ]);
  });
});

/** An API server with one ConfigMap, whose calls of these numbers fail. */
function fakeApi(failing: readonly number[]) {
  const api = {
    calls: 0,
    n: "0",
    call({ method, body }: Call): Promise<string> {
      api.calls += 1;
      if (failing.includes(api.calls)) return Promise.reject(new Error(`call ${api.calls}`));
      if (method === "PATCH") api.n = (body as { data: { n: string } }).data.n;
      return Promise.resolve(JSON.stringify({ data: { n: api.n } }));
    },
  };
  return api;
}

describe("a client of the API that tries again once", () => {
  it("counts what it had to ask twice, and names what failed twice", async () => {
    const api = fakeApi([2, 6, 7]); // a read; a write and its second try
    const observer = new Observer(api);
    await begin("it", observer);
    await load("it", observer, () => api.calls >= 12);
    const { answered, retried, failed, lost } = observer.take();
    expect({ answered, retried, lost }).toEqual({ answered: api.calls - 3, retried: 1, lost: [] });
    expect(failed).toHaveLength(1);
    expect(failed[0]).toContain("PATCH: Error: call 7");
  });

  it("names a write that was acknowledged and is gone", async () => {
    const api = fakeApi([]);
    const observer = new Observer(api);
    await begin("it", observer);
    await load("it", observer, () => {
      if (api.calls === 5) api.n = "1";
      return api.calls >= 9;
    });
    expect(observer.take().lost).toEqual([expect.stringContaining("wrote 2, read 1")]);
  });

  it("starts anew with each report, but for a gap that goes on", async () => {
    const observer = new Observer(fakeApi([]));
    await begin("it", observer);
    expect(observer.take().answered).toBe(1);
    const { answered, longestGapMs } = observer.take();
    expect(answered).toBe(0);
    expect(longestGapMs).toBeGreaterThan(0);
  });
});
