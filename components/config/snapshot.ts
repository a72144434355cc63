import { readProjectBytes } from "../lib/assets.ts";
import { sha256 } from "../lib/hash.ts";
import type { Problems } from "./problems.ts";

const path = "etcd.restoreFrom";
/** bbolt's, at the beginning of its first meta page. @see https://github.com/etcd-io/bbolt/blob/v1.4.3/internal/common/types.go */
const magic = { offset: 16, value: 0xed0cdaed };
const hashBytes = 32;
const sector = 512;

/**
 * Refuses what `etcdutl snapshot restore` would, as far as it can be seen without etcd: a snapshot is a database, and behind it its SHA-256.
 * @param file - absolute, or relative to the project
 */
export function checkSnapshot(
  file: string,
  problems: Problems,
  read: (file: string) => Buffer = readProjectBytes,
): void {
  const fix = "write a file of npm run backups, or of `etcdctl snapshot save`: docs/backups.md";
  let bytes: Buffer;
  try {
    bytes = read(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.add(path, { wrong: `cannot be read (${reason})`, got: file, fix });
    return;
  }
  const isDatabase = bytes.length > sector && bytes.readUInt32LE(magic.offset) === magic.value;
  if (!isDatabase) {
    problems.add(path, { wrong: "not a snapshot of etcd", got: file, fix });
  } else if (bytes.length % sector !== hashBytes) {
    problems.add(path, {
      wrong:
        "cut off, or a database that was copied from under etcd: it does not end in its checksum",
      got: file,
      fix,
    });
  } else if (sha256(bytes.subarray(0, -hashBytes)) !== bytes.subarray(-hashBytes).toString("hex")) {
    problems.add(path, { wrong: "damaged: its checksum is another", got: file, fix });
  }
}
