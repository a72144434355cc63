import { execFileSync } from "node:child_process";
import { rootCertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../../components/lib/bundle.ts";
import { owner, ScriptHost } from "../support/scripts.ts";

/*
 * Clocks that differ, with the real scripts and real certificates on a host whose clock and systemd are played. Does not
 * prove that Debian's daemon sets a clock.
 */
let host: ScriptHost;
beforeEach(() => {
  host = new ScriptHost();
});
afterEach(() => {
  host[Symbol.dispose]();
});

describe("put-files.sh", () => {
  const made = Math.floor(Date.now() / 1000);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const certificate = () => {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const [key, crt] = [host.path("ca.key"), host.path("ca.crt")];
    openssl("req", "-x509", ...curve, "-keyout", key, "-out", crt, "-subj", "/CN=ca");
    return host.read("ca.crt") + host.read("ca.key");
  };
  /** Sets the clock; every look at it in a wait comes 5 s after the one before. */
  const setClock = (seconds: number) => {
    host.write("now", `${seconds}\n`);
    const now = host.path("now");
    host.play("date", `case $* in +%s) cat ${now} ;; *) exec /bin/date "$@" ;; esac`);
    host.play("sleep", `echo $(($(cat ${now}) + 5)) > ${now}`);
  };
  const put = (content = certificate()) =>
    host.run(
      "put-files.sh",
      [],
      bundle({ files: [{ path: host.path("etc/pki/a.crt"), content, owner }] }),
    );

  it("waits for a clock that is a little behind", () => {
    setClock(made - 20);
    expect(put()).toMatchObject({ status: 0, stderr: "" });
    expect(Number(host.read("now"))).toBeGreaterThanOrEqual(made);
    expect(host.read("etc/pki/a.crt")).toContain("BEGIN CERTIFICATE");
  });

  it("names a clock that stays behind, and writes nothing", () => {
    setClock(made - 7200);
    const { status, stderr } = put();
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /waited 60 s for [\d-]+ [\d:]+ UTC, when its certificates begin to be valid, in vain\n.*: its clock is 71\d\d s or more behind that of the machine that runs Pulumi; let a time server set both, and run it again after that time\n$/,
    );
    expect(host.files()).not.toContain("etc/pki");
  });

  it("looks at every certificate", () => {
    // An authority of the internet is valid for years; the newer one comes after it, and before it.
    const old = `${rootCertificates[0] ?? ""}\n`;
    for (const both of [old + certificate(), certificate() + old]) {
      setClock(made - 7200);
      expect(put(both).status).toBe(1);
      setClock(made + 5);
      expect(put(both)).toMatchObject({ status: 0, stderr: "" });
    }
  });

  it("does not wait for what is no certificate", () => {
    setClock(0);
    expect(put("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").status).toBe(0);
    expect(host.read("now")).toBe("0\n");
  });
});

describe("prepare-host.sh", () => {
  /** @param units - what systemctl says of a unit by its name: active, inactive or masked */
  function prepare(
    units: Readonly<Record<string, string>>,
    { container = false, ntp = "no" } = {},
  ) {
    for (const program of ["apt-get", "modprobe", "sysctl", "systemd-sysusers"]) {
      host.play(program, 'echo "${0##*/} $*" >> "$calls"');
    }
    host.play("dpkg-query", "exit 1");
    host.play("systemd-detect-virt", `exit ${container ? 0 : 1}`);
    host.play("timedatectl", `echo ${ntp}`);
    const active = Object.keys(units).filter((unit) => units[unit] === "active");
    const masked = Object.keys(units).filter((unit) => units[unit] === "masked");
    host.play(
      "systemctl",
      `verb=$1; shift
      has() { case " $1 " in *" \${2%.service} "*) ;; *) return 1 ;; esac; }
      case $verb in
        is-active) for unit; do has "${active.join(" ")}" "$unit" && exit 0; done; exit 3 ;;
        is-enabled) has "${masked.join(" ")}" "$1" && echo masked; exit 1 ;;
        cat) has "${Object.keys(units).join(" ")}" "$1" ;;
        *) echo "systemctl $verb $*" >> "$calls" ;;
      esac`,
    );
    host.write("etc/modules-load.d/hardway.conf", "");
    host.forgetCalls();
    const { status, stdout, stderr } = host.run("prepare-host.sh", ["control-plane"], bundle({}));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const calls = host.calls.split("\n").filter((call) => /^(apt-get|systemctl)/.test(call));
    return { calls: calls.map((call) => call.replace(/ -.* (?=update|install)/, " ")), stdout };
  }
  const start = (unit: string) => `systemctl enable --quiet --now ${unit}.service`;

  it("leaves a clock alone that somebody sets", () => {
    for (const unit of ["systemd-timesyncd", "chrony", "ntpsec", "openntpd"]) {
      expect(prepare({ "systemd-timesyncd": "inactive", [unit]: "active" }).calls).toEqual([]);
    }
    expect(prepare({}, { ntp: "yes" }).calls).toEqual([]);
  });

  it("leaves a container alone, whose clock is its host's", () => {
    expect(prepare({ "systemd-timesyncd": "masked" }, { container: true })).toEqual({
      calls: [],
      stdout: "",
    });
  });

  it("installs and starts Debian's own daemon where there is none", () => {
    expect(prepare({}).calls).toEqual([
      "apt-get update",
      "apt-get install systemd-timesyncd",
      start("systemd-timesyncd"),
    ]);
    expect(host.read("state/packages")).toBe("systemd-timesyncd\n");
  });

  it("starts the one that is there, and puts no other in its place", () => {
    expect(prepare({ chrony: "inactive" }).calls).toEqual([start("chrony")]);
  });

  it("says when somebody does not want one", () => {
    const { calls, stdout } = prepare({ "systemd-timesyncd": "masked" });
    expect(calls).toEqual([]);
    expect(stdout).toContain("systemd-timesyncd.service is masked and no other sets the clock");
  });
});
