import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** How often a growing file is looked at, in milliseconds: also how exact our times of engine events are. */
const pollMs = 50;

/**
 * Reads a growing file line by line until `done` and its end, whichever comes last.
 * @param onLine - gets each complete line
 */
export async function followLines(
  path: string,
  done: Promise<unknown>,
  onLine: (line: string) => void,
): Promise<void> {
  const writer = { ended: false };
  const end = (): void => {
    writer.ended = true;
  };
  done.then(end, end);
  const file = await open(path, "a+", 0o600);
  try {
    const buffer = Buffer.alloc(1 << 20);
    let position = 0;
    let rest = Buffer.alloc(0);
    for (;;) {
      const last = writer.ended; // asked before reading: what was written until then is read below
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const complete = rest.lastIndexOf(10);
      if (complete >= 0) {
        rest.toString("utf8", 0, complete).split("\n").forEach(onLine);
        rest = rest.subarray(complete + 1);
      }
      if (bytesRead === 0) {
        if (last) return;
        await sleep(pollMs);
      }
    }
  } finally {
    await file.close();
  }
}
