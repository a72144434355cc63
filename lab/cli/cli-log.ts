import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";

const text = `This file keeps the Pulumi CLI from logging: it would make a directory of this name.
Pulumi's own output of the last run is in /var/lib/hardway/<lab>/logs.
`;

/**
 * Keeps the CLI from logging every line of every run, compressed and encrypted: that takes two thirds of its CPU, and up to
 * 500 MB of a PULUMI_HOME that outlives the lab. It has no switch, but goes on without a log where it cannot make the directory.
 * @see https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/logging/encrypted.go `StartLogging`
 */
export async function stopCliLog({ pulumiHome }: Pick<Lab, "pulumiHome">): Promise<void> {
  const path = join(pulumiHome, "logs");
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return;
  await rm(path, { recursive: true, force: true });
  await mkdir(pulumiHome, { recursive: true });
  await writeFile(path, text);
}
