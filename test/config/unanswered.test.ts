import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { answersTcp, unanswered } from "../../components/config/unanswered.ts";

const built = {
  "master-1": "https://203.0.113.1:6443",
  "master-2": "https://203.0.113.2:6443",
  "master-3": "https://203.0.113.3:6443",
};
const all = new Set(Object.keys(built));
const living = { isLost: false, generation: 1 };
const allBut = (name: keyof typeof built) => (url: string) => Promise.resolve(url !== built[name]);

describe("control-plane machines that do not answer", () => {
  it("are named, with what to write", async () => {
    expect(await unanswered(built, all, living, allBut("master-2"))).toEqual([
      "controlPlane: master-2 does not answer, got nothing from https://203.0.113.2:6443; start it, or write another name in its place (docs/control-plane.md)",
    ]);
  });

  it("are no news when they are on their way out", async () => {
    const wanted = new Set(["master-1", "master-3", "master-4"]);
    expect(await unanswered(built, wanted, living, allBut("master-2"))).toEqual([]);
  });

  it("are not to blame when none answers", async () => {
    const [line] = await unanswered(built, all, living, () => Promise.resolve(false));
    expect(line).toContain("look whether this machine is among operatorCidrs");
  });

  it("are told what to do where the only one is gone", async () => {
    const only = { "master-1": built["master-1"] };
    expect(await unanswered(only, all, living, () => Promise.resolve(false))).toEqual([
      "controlPlane: no API server answers, got nothing from https://203.0.113.1:6443; start it, or look whether this machine is among " +
        "operatorCidrs; if all of the control plane's machines are gone for good: " +
        'docs/backups.md, "When every control-plane machine is gone"',
    ]);
    expect(await unanswered(only, all, living, () => Promise.resolve(true))).toEqual([]);
    expect(await unanswered({}, all, living, () => Promise.resolve(false))).toEqual([]);
  });

  it("are as they were said to be where etcd's data is lost, and those that do answer are named", async () => {
    const lost = { isLost: true, generation: 2 };
    expect(await unanswered(built, all, lost, () => Promise.resolve(false))).toEqual([]);
    const onlySecond = (url: string) => Promise.resolve(url === built["master-2"]);
    expect(await unanswered(built, all, lost, onlySecond)).toEqual([
      "etcd.generation: says that etcd's data is lost, but master-2 answers at https://203.0.113.2:6443, got 2; " +
        "where it has its data, this run will change nothing of it and fail",
    ]);
  });
});

describe("answersTcp", () => {
  it("tells a port that is served from one that is not", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await answersTcp(url)).toBe(true);
    await new Promise((done) => server.close(done));
    expect(await answersTcp(url)).toBe(false);
  });
});
