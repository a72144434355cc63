import { expect, it } from "vitest";
import { drillText } from "../cli/drill.ts";

it("a drill says what was lost, and how long it took", () => {
  const text = drillText({
    lost: ["master-1"],
    snapshotBytes: 6 * 2 ** 20,
    lostSeconds: 4.04,
    upSeconds: 120,
    wholeSeconds: 125,
  });
  expect(text.split("\n").slice(0, 4)).toEqual([
    "master-1 and all its data gone, and back from a snapshot of 6.0 MiB:",
    "  pulumi up --refresh --run-program            2 min 0 s",
    "  machine gone → all Nodes Ready, page served  2 min 5 s",
    "  written after the snapshot, and lost         the last 4.0 s",
  ]);
});
