import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readAsset } from "../../components/lib/assets.ts";

/** Who runs the tests: only root can give files to others. */
export const owner = execFileSync("sh", ["-c", "echo $(id -un):$(id -gn)"], {
  encoding: "utf8",
}).trim();

const scripts = readdirSync(new URL("../../assets/scripts", import.meta.url)).filter((name) =>
  name.endsWith(".sh"),
);

/**
 * The scripts of a host as they are, but with the directories that they use below a temporary one; what they call can be
 * played. Does not prove that systemd, apt and the kernel do what they are told: the lab does.
 */
export class ScriptHost {
  readonly root = mkdtempSync(join(tmpdir(), "hardway-scripts-"));

  constructor() {
    for (const dir of ["bin", "lib", "run", "opt", "etc", "usr-bin"]) mkdirSync(this.path(dir));
    for (const script of scripts) this.write(`lib/${script}`, this.below(script));
  }

  path(name: string): string {
    return join(this.root, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Writes an executable file. */
  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    chmodSync(this.path(name), 0o755);
  }

  /** Changes a script for this host, e.g. how long it waits. */
  edit(script: string, from: string, to: string): void {
    const text = this.read(`lib/${script}`);
    if (!text.includes(from)) throw new Error(`${script}: no ${from}`);
    this.write(`lib/${script}`, text.replaceAll(from, to));
  }

  /** Puts a program of this name before the real one. */
  play(program: string, script: string): void {
    this.write(`bin/${program}`, `#!/bin/sh\n${script}\n`);
  }

  /** What played programs wrote to $calls. */
  get calls(): string {
    return existsSync(this.path("calls")) ? this.read("calls") : "";
  }

  forgetCalls(): void {
    rmSync(this.path("calls"), { force: true });
  }

  /** The text of a script for this host. */
  below(script: string): string {
    return readAsset(`scripts/${script}`)
      .replaceAll("/usr/local/lib/hardway", this.path("lib"))
      .replaceAll("/usr/local/bin", this.path("usr-bin"))
      .replaceAll("/var/lib/hardway", this.path("state"))
      .replaceAll("/var/lib/etcd", this.path("etcd"))
      .replaceAll("/run/hardway", this.path("run/work"))
      .replaceAll("/opt/hardway", this.path("opt/hardway"))
      .replaceAll(/(?<=[ <])\/etc\//g, `${this.path("etc")}/`)
      .replaceAll("root:root", owner);
  }

  /** Runs a script with a login's umask. */
  run(
    script: string,
    args: readonly string[] = [],
    input = "",
    { umask = "022" }: { umask?: string } = {},
  ) {
    return this.shell(
      ["-c", `umask ${umask}; exec "$@"`, "sh", this.path(`lib/${script}`), ...args],
      input,
    );
  }

  /** Runs sh on this host. */
  shell(args: readonly string[], input = "") {
    return spawnSync("sh", args, { input, env: this.#env(), encoding: "utf8" });
  }

  /** Runs a script while this process goes on, e.g. to answer what it asks. */
  async start(script: string, args: readonly string[]) {
    const child = spawn(this.path(`lib/${script}`), args, {
      env: this.#env(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said: Buffer[] = [];
    child.stderr.on("data", (part: Buffer) => said.push(part));
    const [status] = (await once(child, "close")) as [number];
    return { status, stderr: Buffer.concat(said).toString() };
  }

  #env() {
    return {
      ...process.env,
      PATH: `${this.path("bin")}:${process.env["PATH"] ?? ""}`,
      calls: this.path("calls"),
    };
  }

  /** Every file, so that one can say that none is new. */
  files(): string[] {
    return readdirSync(this.root, { recursive: true, encoding: "utf8" }).sort();
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
