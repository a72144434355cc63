import { inflateSync } from "node:zlib";

/** A decoded picture, as far as a test asks what is in it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Each colour, as `r,g,b`, and the share of the pixels that have it. */
  readonly colours: ReadonlyMap<string, number>;
}

/**
 * Reads a PNG of 8 bits a channel, not interlaced, as browsers write it.
 * @see https://www.w3.org/TR/png-3/
 */
export function readPng(file: Buffer): Picture {
  const chunks = new Map<string, Buffer[]>();
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString("latin1", at + 4, at + 8);
    const data = file.subarray(at + 8, at + 8 + length);
    chunks.set(type, [...(chunks.get(type) ?? []), data]);
    at += length + 12;
  }
  const [header = Buffer.alloc(13)] = chunks.get("IHDR") ?? [];
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = header[9] === 6 ? 4 : 3;
  const rows = unfilter(inflateSync(Buffer.concat(chunks.get("IDAT") ?? [])), width, channels);
  const counts = new Map<string, number>();
  for (let at = 0; at < rows.length; at += channels) {
    const colour = `${rows[at]},${rows[at + 1]},${rows[at + 2]}`;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const share = ([colour, count]: [string, number]) => [colour, count / (width * height)] as const;
  return { width, height, colours: new Map([...counts].map(share)) };
}

/** Each row begins with how it was made from what is left of it and above it. */
function unfilter(data: Buffer, width: number, channels: number): Buffer {
  const length = width * channels;
  const height = data.length / (length + 1);
  const out = Buffer.alloc(length * height);
  for (let row = 0; row < height; row++) {
    const filter = data[row * (length + 1)];
    for (let x = 0; x < length; x++) {
      const at = row * length + x;
      const left = x < channels ? 0 : (out[at - channels] ?? 0);
      const up = row === 0 ? 0 : (out[at - length] ?? 0);
      const corner = row === 0 || x < channels ? 0 : (out[at - length - channels] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      out[at] = (data[row * (length + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((one) => Math.abs(guess - one)) as [
    number,
    number,
    number,
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
