import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

/* Runs packages.sh as it is, with apt-get and dpkg-query played. */
let host: ScriptHost;
const lock = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 2017 (apt-get)";

beforeEach(() => {
  host = new ScriptHost();
  host.play("dpkg-query", "exit 1");
  host.play("sleep", 'echo "sleep $*" >> "$calls"');
});
afterEach(() => {
  host[Symbol.dispose]();
});

/** Installs a package that is missing, with something on stdin that apt must not eat. */
function install() {
  const lib = host.path("lib");
  const script = `set -eu; . ${lib}/lib.sh; . ${lib}/packages.sh; make_work_dir; install_packages one two; cat`;
  return host.shell(["-c", script], "the rest of stdin\n");
}

/** What apt-get does at its first calls, and then: nothing that is wrong. */
function apt(times: number, says: string): void {
  const count = host.path("count");
  host.play(
    "apt-get",
    `cat > /dev/null; echo "apt-get $*" >> "$calls"; env > ${host.path("env")}
n=$(($(cat ${count} 2> /dev/null || echo 0) + 1)); echo $n > ${count}
[ $n -gt ${String(times)} ] || { echo '${says}' >&2; exit 100; }`,
  );
}

it("waits while another program holds apt's lock, and says which", () => {
  apt(5, lock);
  const { status, stdout, stderr } = install();
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const waits = Array.from({ length: 5 }, () => `waiting for apt: ${lock.slice(3)}\n`);
  expect(stdout).toBe(`${waits.join("")}the rest of stdin\n`);
  expect(host.calls.match(/^sleep 15$/gm)).toHaveLength(5);
});

it("ends in bounded time, with the holder's name", () => {
  apt(1000, lock);
  host.edit("packages.sh", "+ 600", "+ 0");
  const { status, stderr } = install();
  expect(status).not.toBe(0);
  expect(stderr).toContain("apt-get update: failed; waited 600 s for a lock");
  expect(stderr).toContain("held by process 2017 (apt-get)");
});

it("tries again when the network fails, and ends with apt's words", () => {
  apt(2, "E: Temporary failure resolving deb.example");
  expect(install().status).toBe(0);
  apt(1000, "E: Temporary failure resolving deb.example");
  const { status, stderr } = install();
  expect(status).not.toBe(0);
  expect(stderr).toContain("Temporary failure resolving deb.example");
});

it("asks nobody anything", () => {
  apt(0, "");
  expect(install().status).toBe(0);
  expect(host.calls).toMatch(/--force-confold .* install one two$/m);
  const env = readFileSync(host.path("env"), "utf8");
  for (const setting of ["DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1"]) {
    expect(env).toContain(`${setting}\n`);
  }
});
