import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import ssh2, { type SFTPWrapper } from "ssh2";
import { commandPlugin } from "../command/plugin.ts";
import { opensshPrivateKey } from "../lib/openssh.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import type { PropertyMap } from "../lib/values.ts";

const urn = testUrn("command:remote:CopyToRemote", "snapshot");
const { STATUS_CODE } = ssh2.utils.sftp;
const key = () => opensshPrivateKey(generateKeyPairSync("ed25519").privateKey);

/** As the engine writes an asset of a file. @see https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/asset/asset.go */
const asset = (of: PropertyMap): PropertyMap => ({
  "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
  ...of,
});

/** A host that keeps what SFTP brings. */
class Host {
  readonly files = new Map<string, Buffer>();
  readonly directories = new Set<string>(["/", "/var"]);
  readonly #server = new ssh2.Server({ hostKeys: [key()] }, (connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (attempt) => {
      attempt.accept();
    });
    connection.on("session", (accept) => {
      accept().on("sftp", (acceptSftp) => {
        this.#serve(acceptSftp());
      });
    });
  });

  #serve(sftp: SFTPWrapper): void {
    const open: string[] = [];
    const isDirectory = (id: number, path: string) => {
      if (this.directories.has(path)) sftp.attrs(id, { mode: 0o40755 } as ssh2.Attributes);
      else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    };
    sftp.on("STAT", isDirectory);
    sftp.on("LSTAT", isDirectory);
    sftp.on("MKDIR", (id, path) => {
      this.directories.add(path);
      sftp.status(id, STATUS_CODE.OK);
    });
    sftp.on("OPEN", (id, path) => {
      this.files.set(path, Buffer.alloc(0));
      sftp.handle(id, Buffer.from([open.push(path) - 1]));
    });
    sftp.on("WRITE", (id, handle, offset, data) => {
      const path = open[handle.readUInt8(0)] ?? "";
      const before = this.files.get(path) ?? Buffer.alloc(0);
      const after = Buffer.alloc(Math.max(before.length, offset + data.length));
      before.copy(after);
      data.copy(after, offset);
      this.files.set(path, after);
      sftp.status(id, STATUS_CODE.OK);
    });
    const ok = (id: number) => {
      sftp.status(id, STATUS_CODE.OK);
    };
    sftp.on("FSETSTAT", ok);
    sftp.on("SETSTAT", ok);
    sftp.on("CLOSE", ok);
  }

  async start(): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }
}

describe("remote.CopyToRemote", () => {
  const dir = mkdtempSync(join(tmpdir(), "hardway-copy-"));
  const path = join(dir, "etcd.db");
  const host = new Host();
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let port = 0;
  beforeAll(async () => {
    [engine, port] = await Promise.all([testEngine(commandPlugin), host.start()]);
  });
  beforeEach(() => {
    host.files.clear();
    writeFileSync(path, Buffer.alloc(200_000, 9));
  });
  afterAll(() => {
    engine.close();
    host.close();
    rmSync(dir, { recursive: true });
  });

  const args = (more: PropertyMap = {}): PropertyMap => ({
    connection: { host: "127.0.0.1", port, privateKey: key(), dialErrorLimit: 0 },
    source: asset({ hash: "1", path }),
    remotePath: "/var/lib/hardway/restore/etcd.db",
    ...more,
  });
  const create = async (given: PropertyMap) => {
    const { failures, properties } = await engine.check(urn, given);
    expect(failures).toEqual([]);
    return engine.create(urn, properties);
  };

  it("puts a file on the host as it is, and makes the directories above it", async () => {
    const given = args();
    const { properties } = await create(given);
    expect(host.files.get("/var/lib/hardway/restore/etcd.db")).toEqual(Buffer.alloc(200_000, 9));
    expect(host.directories).toContain("/var/lib/hardway/restore");
    // The engine takes it for an asset again, by this mark.
    expect(properties["source"]).toEqual(given["source"]);
  });

  it("puts a text there too", async () => {
    await create(args({ source: asset({ hash: "1", text: "words" }) }));
    expect(host.files.get("/var/lib/hardway/restore/etcd.db")?.toString()).toBe("words");
  });

  it("keeps the connection secret, and refuses what is not one file", async () => {
    const { secrets, failures } = await engine.check(urn, args({ source: { path: 1 } }));
    expect(secrets).toEqual([["connection"]]);
    expect(failures).toEqual([
      { property: "asset", reason: "asset must be a path-based file asset or a text asset" },
    ]);
    await expect(create(args({ source: asset({ hash: "1", path: dir }) }))).rejects.toThrow(
      "a directory, which the lab's local command plugin does not copy",
    );
  });

  it("copies again for another content or place, and not for another host", async () => {
    const checked = async (more?: PropertyMap) => (await engine.check(urn, args(more))).properties;
    const before = await checked();
    const update = async (now: PropertyMap) => {
      host.files.clear();
      await engine.update(urn, "id", { inputs: before, state: before }, now);
      return [...host.files.keys()];
    };
    expect(await update(before)).toEqual([]);
    expect(await update(await checked({ source: asset({ hash: "2", path }) }))).toHaveLength(1);
    expect(await update(await checked({ remotePath: "/var/other" }))).toEqual(["/var/other"]);
  });
});
