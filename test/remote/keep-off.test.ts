import { afterEach, beforeEach, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

/*
 * Runs keep_off of prepare-host.sh as it is, with systemctl played. Does not prove that Debian's package does not start what is masked.
 */
let host: ScriptHost;
beforeEach(() => {
  host = new ScriptHost();
});
afterEach(() => {
  host[Symbol.dispose]();
});

/** @param state - what systemd says of the service */
function keepOff(state: string): void {
  host.play("systemctl", `echo "$*" >> "$calls"; [ "$1" != is-enabled ] || { ${state}; }`);
  const [keep = ""] = /^keep_off\(\) \{\n[^]*?^\}$/m.exec(host.read("lib/prepare-host.sh")) ?? [];
  expect(host.shell(["-euc", `${keep}; keep_off haproxy.service`])).toMatchObject({ status: 0 });
}

it.each(["echo 'Failed: No such file' >&2; exit 1", "echo not-found; exit 4"])(
  "a service that a package will bring never runs: %s",
  (state) => {
    keepOff(state);
    expect(host.calls).toContain("--quiet mask haproxy.service");
    expect(host.read("state/masked")).toBe("haproxy.service\n");
  },
);

it.each(["echo enabled", "echo disabled; exit 1", "echo masked; exit 1"])(
  "a service that is there already is left alone: %s",
  (state) => {
    keepOff(state);
    expect(host.calls).not.toContain("mask");
    expect(host.files()).not.toContain("state/masked");
  },
);
