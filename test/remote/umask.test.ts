import { statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../../components/lib/bundle.ts";
import { owner, ScriptHost } from "../support/scripts.ts";

/* Hardened hosts give logins a umask of 027 or 077: what other users of the host must read they can all the same. */
let host: ScriptHost;
beforeEach(() => {
  host = new ScriptHost();
});
afterEach(() => {
  host[Symbol.dispose]();
});

const mode = (name: string) => (statSync(host.path(name)).mode & 0o7777).toString(8);

describe.each(["027", "077"])("a login's umask of %s", (umask) => {
  it("does not close the directories of files", () => {
    const files = [
      { path: host.path("etc/a/b/open"), content: "1", owner },
      { path: host.path("etc/a/b/secret"), content: "2", owner, mode: "0600" as const },
    ];
    const links = [{ path: host.path("etc/c/link"), target: "/bin/sh" }];
    const { status } = host.run("put-files.sh", [], bundle({ files, links }), { umask });
    expect(status).toBe(0);
    const names = ["etc/a", "etc/a/b", "etc/c", "etc/a/b/open", "etc/a/b/secret"];
    expect(names.map(mode)).toEqual(["755", "755", "755", "644", "600"]);
  });

  it("does not close the directory of our scripts, nor one that it closed before", () => {
    const files = [{ path: "/usr/local/lib/hardway/one.sh", content: "true" }];
    const install = `umask ${umask}; chmod 0750 ${host.path("lib")}\n${host.below("install-scripts.sh")}`;
    expect(host.shell(["-c", install], bundle({ files })).status).toBe(0);
    expect(["lib", "lib/one.sh"].map(mode)).toEqual(["755", "755"]);
  });

  it("does not hide what prepare-host.sh notes", () => {
    for (const program of ["systemd-sysusers", "sysctl", "modprobe", "apt-get", "cloud-init"]) {
      host.play(program, "true");
    }
    host.play("dpkg-query", "exit 1");
    host.write("etc/modules-load.d/hardway.conf", "overlay\n");
    writeFileSync(host.path("etc/resolv.conf"), "nameserver 203.0.113.53\n");
    const input = bundle({ files: [{ path: host.path("etc/new/file"), content: "1", owner }] });
    expect(host.run("prepare-host.sh", ["control-plane", "one"], input, { umask }).status).toBe(0);
    expect(["state", "state/packages", "etc/new"].map(mode)).toEqual(["755", "644", "755"]);
  });
});
