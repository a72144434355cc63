import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle, type HostDownload } from "../../components/lib/bundle.ts";
import { ScriptHost } from "../support/scripts.ts";

let host: ScriptHost;
beforeEach(() => {
  host = new ScriptHost();
});
afterEach(() => {
  host[Symbol.dispose]();
});

const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
const fetch = (...downloads: HostDownload[]) =>
  host.run("fetch-binaries.sh", [], bundle({ downloads }));
const stored = () => readdirSync(host.path("opt/hardway")).filter((name) => !name.startsWith("."));
const drafts = () =>
  readdirSync(host.path("opt/hardway")).filter((name) => name.startsWith(".draft"));

/** A program of a version, where a host can download it. */
function tool(version: number, content = `#!/bin/sh\necho ${String(version)}\n`): HostDownload {
  const file = host.path(`tool-${String(version)}`);
  writeFileSync(file, content);
  return {
    directory: host.path(`opt/hardway/tool-${String(version)}`),
    sha256: sha256(file),
    url: `file://${file}`,
    programs: ["tool"],
  };
}

/** What the step of a service does. */
function use({ directory }: HostDownload): void {
  rmSync(host.path("usr-bin/tool"), { force: true });
  symlinkSync(`${directory}/tool`, host.path("usr-bin/tool"));
}

describe("a download", () => {
  it("is checked and can be run by everybody, whatever the login's umask", () => {
    const one = tool(1);
    const { status } = host.run("fetch-binaries.sh", [], bundle({ downloads: [one] }), {
      umask: "077",
    });
    expect(status).toBe(0);
    for (const path of [host.path("opt/hardway"), one.directory, `${one.directory}/tool`]) {
      expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o755]);
    }
  });

  it("may be an archive, of which the named programs are taken", () => {
    mkdirSync(host.path("pack/bin"), { recursive: true });
    for (const name of ["one", "two"]) writeFileSync(host.path(`pack/bin/${name}`), name);
    execFileSync("tar", ["-czf", host.path("pack.tgz"), "-C", host.path("pack"), "bin"]);
    const pack = {
      directory: host.path("opt/hardway/pack-1"),
      sha256: sha256(host.path("pack.tgz")),
      url: `file://${host.path("pack.tgz")}`,
    };
    expect(fetch({ ...pack, programs: ["one=bin/one"] }).status).toBe(0);
    expect(readdirSync(pack.directory)).toEqual([".sha256", "one"]);
    expect(fetch({ ...pack, programs: ["one=bin/one", "two=bin/two"] }).status).toBe(0);
    expect(readFileSync(`${pack.directory}/two`, "utf8")).toBe("two");
  });

  it("fails on a wrong sha256, with both, and leaves nothing to be used", () => {
    const one = { ...tool(1), sha256: "0".repeat(64) };
    const { status, stderr } = fetch(one);
    expect(status).toBe(1);
    expect(stderr).toContain(
      `wrong sha256, got ${sha256(host.path("tool-1"))}, want ${one.sha256}`,
    );
    expect([...stored(), ...drafts()]).toEqual([]);
  });

  it("fails for all that cannot be had, once the others are there", () => {
    host.edit("fetch-binaries.sh", "--retry 4", "--retry 0");
    const lost = { ...tool(2), url: `file://${host.path("nowhere")}` };
    const { status, stderr } = fetch(lost, { ...lost, url: `${lost.url}-too` }, tool(1));
    expect(status).toBe(1);
    expect(stderr).toContain("nowhere: cannot be downloaded\n");
    expect(stderr).toContain("nowhere-too: cannot be downloaded\n");
    expect([...stored(), ...drafts()]).toEqual(["tool-1"]);
  });

  it("is not done again for what is there", () => {
    const one = tool(1);
    fetch(one);
    rmSync(host.path("tool-1"));
    expect(fetch(one)).toMatchObject({ status: 0, stderr: "" });
  });

  it.each(["", "#!/bin/sh\necho other\n"])("is done again for a program that is %j", (content) => {
    const one = tool(1);
    fetch(one);
    writeFileSync(`${one.directory}/tool`, content);
    expect(fetch(one).status).toBe(0);
    expect(sha256(`${one.directory}/tool`)).toBe(one.sha256);
  });

  it("is given up when it stalls, is tried again, and leaves no draft", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(200, { "content-length": "2000" });
      response.write(Buffer.alloc(1000));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    host.edit("fetch-binaries.sh", "--speed-time 30", "--speed-time 1");
    host.edit("fetch-binaries.sh", "--retry 4", "--retry 1");
    const url = `http://127.0.0.1:${String(port)}/tool`;
    const script = spawn(host.path("lib/fetch-binaries.sh"), { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    script.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    script.stdin.end(bundle({ downloads: [{ ...tool(1), url }] }));
    const [status] = (await once(script, "close")) as [number];
    server.closeAllConnections();
    server.close();
    expect(status).toBe(1);
    expect(said).toContain("Operation too slow");
    expect(said).toContain(`${url}: cannot be downloaded`);
    expect(asked).toEqual(["/tool", "/tool"]);
    expect(drafts()).toEqual([]);
  });

  it("removes what a killed run left", () => {
    mkdirSync(host.path("opt/hardway/.draft.AAAAAA"), { recursive: true });
    expect(fetch(tool(1)).status).toBe(0);
    expect(drafts()).toEqual([]);
  });

  it("is done once when two ask for it at once", async () => {
    const one = tool(1);
    host.play("curl", `echo curl >> "$calls"; exec /usr/bin/env -i ${curl()} "$@"`);
    const runs = [1, 2].map(async () => {
      const env = {
        ...process.env,
        PATH: `${host.path("bin")}:/usr/bin:/bin`,
        calls: host.path("calls"),
      };
      const script = spawn(host.path("lib/fetch-binaries.sh"), {
        env,
        stdio: ["pipe", "ignore", "ignore"],
      });
      script.stdin.end(bundle({ downloads: [one] }));
      const [status] = (await once(script, "close")) as [number];
      return status;
    });
    expect(await Promise.all(runs)).toEqual([0, 0]);
    expect(host.calls).toBe("curl\n");
  });
});

describe("what is not used any more", () => {
  it("stays as long as it was in use last, and goes after that", () => {
    const [one, two, three] = [tool(1), tool(2), tool(3)];
    fetch(one);
    use(one);
    fetch(two);
    expect(stored()).toEqual(["tool-1", "tool-2"]);
    use(two);
    // The way back stays, however often the same is asked for.
    fetch(two);
    expect(stored()).toEqual(["tool-1", "tool-2"]);
    fetch(three);
    expect(stored()).toEqual(["tool-2", "tool-3"]);
  });

  it("never goes while a link leads to it", () => {
    const [one, two] = [tool(1), tool(2)];
    fetch(one);
    use(one);
    for (let run = 0; run < 3; run++) fetch(two);
    expect(existsSync(`${one.directory}/tool`)).toBe(true);
  });
});

function curl(): string {
  return execFileSync("sh", ["-c", "command -v curl"], { encoding: "utf8" }).trim();
}
