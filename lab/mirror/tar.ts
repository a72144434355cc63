import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** One member of a tar. `path` is relative, without `./` and without a slash at its end. */
export type TarEntry =
  | { readonly path: string; readonly kind: "directory"; readonly mode?: number }
  | { readonly path: string; readonly kind: "link"; readonly target: string }
  | { readonly path: string; readonly kind: "text"; readonly text: string; readonly mode?: number }
  /** A file of this machine; what `from` points to when it is a symbolic link. */
  | { readonly path: string; readonly kind: "file"; readonly from: string; readonly mode?: number };

const blockSize = 512;
const typeFlags = { directory: "5", link: "2", text: "0", file: "0" } as const;

/**
 * A ustar archive that depends on its entries only: sorted by path, owned by root, dated 1970.
 * Directories above an entry are added with mode 0755; of two entries with one path the last counts.
 * @throws Error when a path does not fit into a ustar header
 */
export async function* tar(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of withParents(entries)) {
    if (entry.kind === "file") {
      const { size } = await stat(entry.from);
      yield header(entry, size);
      yield* createReadStream(entry.from, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
      yield padding(size);
    } else {
      const content = Buffer.from(entry.kind === "text" ? entry.text : "");
      yield header(entry, content.length);
      yield content;
      yield padding(content.length);
    }
  }
  yield Buffer.alloc(2 * blockSize);
}

function withParents(entries: readonly TarEntry[]): TarEntry[] {
  const all = new Map<string, TarEntry>();
  for (const { path } of entries) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth += 1) {
      const parent = parts.slice(0, depth).join("/");
      all.set(parent, { path: parent, kind: "directory" });
    }
  }
  for (const entry of entries) all.set(entry.path, entry);
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(blockSize);
  const [prefix, name] = splitPath(entry.kind === "directory" ? `${entry.path}/` : entry.path);
  const mode = entry.kind === "link" ? 0o777 : (entry.mode ?? 0o755);
  const octal = (value: number, length: number): string =>
    `${value.toString(8).padStart(length - 1, "0")}\0`;
  block.write(name, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.fill(" ", 148, 156);
  block.write(typeFlags[entry.kind], 156);
  if (entry.kind === "link") block.write(entry.target, 157, 100);
  block.write("ustar\x0000", 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function splitPath(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  const slash = path.lastIndexOf("/", 155);
  const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
  if (slash < 0 || Buffer.byteLength(name) > 100 || Buffer.byteLength(prefix) > 155) {
    throw new Error(`tar: path does not fit into a ustar header, got ${path}; shorten it`);
  }
  return [prefix, name];
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}
