import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bundle } from "../../components/lib/bundle.ts";
import { scriptInput, scriptLine } from "../../components/lib/shell.ts";
import { owner, ScriptHost } from "../support/scripts.ts";

/*
 * A connection that breaks looks to a host like the end of stdin. Each text that a step sends is cut at every line and
 * within lines; every time the real script must fail, say why, and leave the host as it was.
 */
let host: ScriptHost;

beforeEach(() => {
  host = new ScriptHost();
  for (const program of ["systemctl", "apt-get", "curl", "ctr", "modprobe", "sysctl"]) {
    host.play(program, 'echo "$0 $*" >> "$calls"');
  }
});
afterEach(() => {
  host[Symbol.dispose]();
});

/** The beginnings of a text that a broken connection may leave: at, and within, every line. */
function cuts(text: string): string[] {
  const ends = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const within = ends.flatMap((end) => [end, end + 3, end + 9]);
  // Without its last newline the end mark is all there.
  return [...new Set(within)]
    .filter((end) => end < text.length - 1)
    .map((end) => text.slice(0, end));
}

function leavesAlone(
  send: (text: string) => { status: number | null; stderr: string },
  text: string,
) {
  const before = host.files();
  for (const part of cuts(text)) {
    const { status, stderr } = send(part);
    expect({ part, status }).toEqual({ part, status: 1 });
    expect({ part, stderr }).toEqual({
      part,
      stderr: expect.stringContaining("cut off: the connection broke") as string,
    });
    expect(host.files()).toEqual(before);
  }
  expect(send(text)).toMatchObject({ status: 0, stderr: "" });
  expect(host.files()).not.toEqual(before);
}

const files = () =>
  bundle({
    because: ["certificate 0a"],
    links: [{ path: host.path("etc/link"), target: "/bin/sh" }],
    files: [
      { path: host.path("etc/demo.conf"), content: "one\ntwo\n", owner },
      { path: host.path("etc/demo.key"), content: "key", owner, mode: "0600" },
    ],
  });

it("put-files.sh writes nothing", () => {
  leavesAlone((text) => host.run("put-files.sh", [], text), files());
});

it("run-unit.sh writes and restarts nothing", () => {
  leavesAlone((text) => host.run("run-unit.sh", ["demo.service", "-"], text), files());
});

it("prepare-host.sh installs and writes nothing", () => {
  host.play("systemd-sysusers", "true");
  host.play("systemd-detect-virt", "echo lxc");
  host.write("etc/modules-load.d/hardway.conf", "overlay\n");
  leavesAlone(
    (text) => host.run("prepare-host.sh", ["control-plane", "no-such-package"], text),
    files(),
  );
});

it("install-scripts.sh installs nothing", () => {
  const install = host.below("install-scripts.sh");
  const script = (name: string) => ({
    path: `/usr/local/lib/hardway/${name}`,
    content: `echo ${name}\nexit\n`,
  });
  const scripts = bundle({ files: [script("one.sh"), script("two.sh")] });
  leavesAlone((text) => host.shell(["-c", install], text), scripts);
  expect(host.read("lib/one.sh")).toBe("echo one.sh\nexit\n");
});

it("fetch-binaries.sh fetches nothing", () => {
  const [tool, other] = [host.path("tool"), host.path("other")];
  for (const file of [tool, other]) writeFileSync(file, file);
  host.play("curl", 'while [ "$1" != --output ]; do shift; done; cp "${3#file://}" "$2"');
  const downloads = [tool, other].map((file) => ({
    directory: host.path(`opt/hardway/${file === tool ? "tool" : "other"}-1`),
    sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
    url: `file://${file}`,
    programs: ["program"],
  }));
  leavesAlone((text) => host.run("fetch-binaries.sh", [], text), bundle({ downloads }));
});

it("pull-images.sh pulls nothing", () => {
  leavesAlone(
    (text) => host.run("pull-images.sh", [], text),
    bundle({ images: ["registry.example/a:1", "registry.example/b:1"] }),
  );
  expect(host.calls.match(/images pull/g)).toHaveLength(2);
});

it("a script on stdin runs no line of itself", () => {
  const script = scriptInput('one=1\nmain() {\n  touch "$1"\n}\nmain "$@" < /dev/null\n');
  leavesAlone((text) => host.shell(["-c", scriptLine(host.path("made"))], text), script);
  expect(host.files()).toContain("made");
});
