import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Problems } from "../../components/config/problems.ts";
import { checkSnapshot } from "../../components/config/snapshot.ts";
import { linesOf } from "../support/problems.ts";

/** Two pages of a database, as far as they are looked at. Does not prove what etcd takes: the lab restores real ones. */
function database(): Buffer {
  const pages = Buffer.alloc(8192, 7);
  pages.writeUInt32LE(0xed0cdaed, 16);
  return pages;
}

const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest();

function problemsOf(bytes: Buffer | Error): readonly string[] {
  const problems = new Problems();
  checkSnapshot("etcd.db", problems, () => {
    if (bytes instanceof Error) throw bytes;
    return bytes;
  });
  return linesOf(problems);
}

const refused = (wrong: string) => [
  `etcd.restoreFrom: ${wrong}, got "etcd.db"; write a file of npm run backups, or of \`etcdctl snapshot save\`: docs/backups.md`,
];

test("a snapshot is a database and its checksum", () => {
  expect(problemsOf(Buffer.concat([database(), hashOf(database())]))).toEqual([]);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["another file", Buffer.alloc(8192 + 32, "text")],
])("%s is none", (_, bytes) => {
  expect(problemsOf(bytes)).toEqual(refused("not a snapshot of etcd"));
});

test.each([
  ["etcd's own file", database()],
  ["half of one", Buffer.concat([database(), hashOf(database())]).subarray(0, 5000)],
])("%s is none", (_, bytes) => {
  expect(problemsOf(bytes)).toEqual(
    refused(
      "cut off, or a database that was copied from under etcd: it does not end in its checksum",
    ),
  );
});

test("one that was changed on its way is refused", () => {
  const bytes = Buffer.concat([database(), hashOf(database())]);
  bytes.writeUInt8(8, 4096);
  expect(problemsOf(bytes)).toEqual(refused("damaged: its checksum is another"));
});

test("a file that is not there is named, with the reason", () => {
  expect(problemsOf(new Error("ENOENT: no such file"))).toEqual(
    refused("cannot be read (ENOENT: no such file)"),
  );
});

test("one that is there is read from the project", () => {
  const problems = new Problems();
  checkSnapshot("package.json", problems);
  expect(() => {
    problems.throwIfAny("dev");
  }).toThrow("not a snapshot of etcd");
});
