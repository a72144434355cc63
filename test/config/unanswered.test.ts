import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { answersTcp, unanswered } from "../../components/config/unanswered.ts";

const built = {
  "master-1": "https://203.0.113.1:6443",
  "master-2": "https://203.0.113.2:6443",
  "master-3": "https://203.0.113.3:6443",
};
const all = new Set(Object.keys(built));
const allBut = (name: keyof typeof built) => (url: string) => Promise.resolve(url !== built[name]);

describe("control-plane machines that do not answer", () => {
  it("are named, with what to write", async () => {
    expect(await unanswered(built, all, allBut("master-2"))).toEqual([
      "controlPlane: master-2 does not answer, got nothing from https://203.0.113.2:6443; start it, or write another name in its place (docs/control-plane.md)",
    ]);
  });

  it("are no news when they are on their way out", async () => {
    const wanted = new Set(["master-1", "master-3", "master-4"]);
    expect(await unanswered(built, wanted, allBut("master-2"))).toEqual([]);
  });

  it("are not to blame when none answers", async () => {
    const [line] = await unanswered(built, all, () => Promise.resolve(false));
    expect(line).toContain("is this machine among operatorCidrs?");
  });

  it("are not asked where there is one, or none yet", async () => {
    const never = () => Promise.reject(new Error("asked"));
    expect(await unanswered({}, all, never)).toEqual([]);
    expect(await unanswered({ "master-1": built["master-1"] }, all, never)).toEqual([]);
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
