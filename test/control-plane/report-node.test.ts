import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readAsset } from "../../components/lib/assets.ts";

/*
 * Runs the script as it is, with curl, sleep and systemd-notify played: the services answer what `sick` says, the API keeps
 * what it is sent. Does not prove that a real API server takes it, or that a Node without a lease becomes NotReady: the lab does.
 */
let root: string;
let script: ChildProcess | undefined;
const path = (name: string) => join(root, name);
const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8") : "");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hardway-node-"));
  for (const dir of ["bin", "credentials", "pki"]) mkdirSync(path(dir));
  for (const name of ["credentials/client.crt", "pki/node-status.crt"]) write(name, "one");
  write("sick", "none");
});
afterEach(async () => {
  if (script?.exitCode === null && script.kill("SIGKILL")) await once(script, "exit");
  rmSync(root, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  writeFileSync(path(name), text, { mode: 0o755 });
}

/** Lets the script go round this often, then ends it. Before each turn but the first `between` may change the world. */
async function turns(count: number, between = "", hasBackups = "true"): Promise<void> {
  write(
    "bin/curl",
    `#!/bin/sh
for url in "$@"; do
  case $url in
    */status\\?*) [ ! -e ${path("down")} ] || exit 7; echo status >> ${path("calls")}; cat > ${path("status")}; cp ${path("status")} ${path("node")} ;;
    */leases/*) [ ! -e ${path("down")} ] || exit 7; echo lease >> ${path("calls")}; cat > ${path("lease")}; cat ${path("node")} 2> /dev/null ;;
    */version) echo '{ "gitVersion": "v1.36.4" }' ;;
    http*/health | http*/healthz | http*/readyz)
      case $url in *:$(cat ${path("sick")})/*) echo "500 $url" ;; *) echo "200 $url" ;; esac ;;
  esac
done
exit 0
`,
  );
  write("bin/systemd-notify", `#!/bin/sh\necho "notify $*" >> ${path("calls")}\n`);
  // The sleep of 3 s is only to look again.
  write(
    "bin/sleep",
    `#!/bin/sh
[ "$1" != 3 ] || grep -q none ${path("sick")} || exit 0
echo turn >> ${path("calls")}
[ "$(grep -c turn ${path("calls")})" -lt ${count} ] || kill $PPID
${between}
`,
  );
  const env = {
    ...process.env,
    PATH: `${path("bin")}:${process.env["PATH"] ?? ""}`,
    CREDENTIALS_DIRECTORY: path("credentials"),
  };
  write(
    "report-node.sh",
    readAsset("scripts/report-node.sh")
      .replaceAll("/etc/kubernetes/pki", path("pki"))
      .replaceAll("/var/lib/etcd-backups", root),
  );
  script = spawn("sh", [path("report-node.sh"), "master-1", "10.10.0.11", hasBackups], {
    env,
    stdio: ["ignore", "ignore", "ignore"],
  });
  await once(script, "exit");
}

interface Status {
  metadata: { name: string };
  status: {
    conditions: { type: string; status: string; message: string }[];
    nodeInfo: { kubeletVersion: string };
    addresses?: unknown;
    capacity?: unknown;
  };
}
const status = () => parse(read("status")) as Status;
const condition = (wanted: string) =>
  status().status.conditions.find(({ type }) => type === wanted);
const calls = () => read("calls").trim().split("\n");

describe("report-node.sh", () => {
  it("says that the Node is Ready, renews its lease, and tells systemd after that", async () => {
    await turns(1);
    expect(calls()).toEqual(["lease", "status", "notify --ready", "turn"]);
    expect(status()).toMatchObject({
      metadata: { name: "master-1" },
      status: {
        nodeInfo: { kubeletVersion: "v1.36.4" },
      },
    });
    expect(condition("Ready")?.status).toBe("True");
    expect(parse(read("lease"))).toMatchObject({
      metadata: { name: "master-1" },
      spec: { holderIdentity: "master-1", leaseDurationSeconds: 40 },
    });
  });

  it.each([
    ["2381", "etcd"],
    ["6443", "kube-apiserver"],
    ["10257", "kube-controller-manager"],
    ["10259", "kube-scheduler"],
    ["8081", "flanneld"],
  ])(
    "names the service at port %s when it is not healthy, and leaves systemd waiting",
    async (port, service) => {
      write("sick", port);
      await turns(1);
      expect(condition("Ready")).toMatchObject({
        status: "False",
        message: `not healthy: ${service}`,
      });
      expect(calls()).not.toContain("notify --ready");
    },
  );

  it("writes the status when it changed, and else only renews the lease", async () => {
    await turns(3, `[ "$(grep -c turn ${path("calls")})" != 2 ] || echo 10259 > ${path("sick")}`);
    expect(calls()).toEqual([
      ...["lease", "status", "notify --ready", "turn"],
      ...["lease", "turn"],
      ...["lease", "status", "turn"],
    ]);
    expect(condition("Ready")?.status).toBe("False");
  });

  it("writes it again when the Node says something else, such as that nobody reports", async () => {
    await turns(2, `echo Kubelet stopped posting node status. > ${path("node")}`);
    expect(calls().filter((call) => call === "status")).toHaveLength(2);
  });

  it("tries again when the API server does not answer", async () => {
    write("down", "");
    await turns(2, `rm -f ${path("down")}`);
    expect(calls()).toEqual(["turn", "lease", "status", "notify --ready", "turn"]);
  });

  it("ends for systemd to start it again when its certificate was renewed: it has a copy of the old one", async () => {
    await turns(
      9,
      `[ "$(grep -c turn ${path("calls")})" != 2 ] || echo two > ${path("pki/node-status.crt")}`,
    );
    expect(calls().filter((call) => call === "turn")).toHaveLength(2);
  });

  describe("on certificates", () => {
    /** A certificate on the machine that ends in so many days. */
    const given = (name: string, days: number) =>
      execFileSync(
        "openssl",
        [
          ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
          ...["-subj", `/CN=${name}`, "-days", String(days), "-keyout", path("key")],
          ...["-out", path(`pki/${name}.crt`)],
        ],
        { stdio: "ignore" },
      );

    it("says that none ends soon, whatever else lies there", async () => {
      given("apiserver", 46);
      write("pki/service-account.crt", "no certificate");
      await turns(1);
      expect(condition("CertificatesExpiring")).toMatchObject({
        status: "False",
        message: "no certificate on this machine ends within 45 days",
      });
      expect(condition("Ready")?.status).toBe("True");
    });

    it("names each that does, with its end, and no other; the Node is Ready all the same", async () => {
      given("apiserver", 44);
      given("ca", 3000);
      given("scheduler", 1);
      await turns(1);
      const { status: expires, message } = condition("CertificatesExpiring") ?? {};
      expect(expires).toBe("True");
      expect(message).toMatch(
        /: \S+pki\/apiserver\.crt \(.* GMT\), \S+pki\/scheduler\.crt \(.* GMT\)$/,
      );
      expect(condition("Ready")?.status).toBe("True");
    });
  });

  describe("on backups", () => {
    const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

    it("says when the newest is of, its size and how many there are", async () => {
      write("newest", `${secondsAgo(3000)} 12582912 4711 48\n`);
      await turns(1);
      expect(condition("BackupsMissing")).toMatchObject({
        status: "False",
        message: expect.stringMatching(
          /^newest: \d{4}-\S+Z, 12 MiB, revision 4711, 48 kept$/,
        ) as string,
      });
    });

    it("says that there is none any more after three hours", async () => {
      write("newest", `${secondsAgo(11_000)} 12582912 4711 48\n`);
      await turns(1);
      const { status: isMissing, message } = condition("BackupsMissing") ?? {};
      expect(isMissing).toBe("True");
      expect(message).toMatch(/^journalctl -u etcd-backup says why; newest: \d{4}-/);
      expect(condition("Ready")?.status).toBe("True");
    });

    it("leaves a machine that has just begun its time, and says nothing where none are wanted", async () => {
      await turns(1);
      expect(condition("BackupsMissing")).toMatchObject({
        status: "False",
        message: "newest: none",
      });
      write("newest", `${secondsAgo(11_000)} 1 1 1\n`);
      await turns(1, "", "false");
      expect(condition("BackupsMissing")).toMatchObject({
        status: "False",
        message: "the stack wants none",
      });
    });
  });

  it("names no address and no capacity: nobody is to call a kubelet there or send it pods", async () => {
    await turns(1);
    expect(status().status).not.toHaveProperty("addresses");
    expect(status().status).not.toHaveProperty("capacity");
  });
});
