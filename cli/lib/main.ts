import { UsageError } from "./usage.ts";

/**
 * Runs a command and says by the exit code how it ended: its own code, or `failed` with a message for people.
 * @param usage - shown when the arguments are wrong
 */
export async function main(
  command: () => Promise<number>,
  { usage, failed }: { readonly usage: string; readonly failed: number },
): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (error instanceof UsageError) console.error(`\n${usage}`);
    process.exitCode = failed;
  }
}
