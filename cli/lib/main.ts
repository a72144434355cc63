import { scrub } from "./secrets.ts";
import { UsageError } from "./usage.ts";

/**
 * Runs a command and says by the exit code how it ended: its own code, or `failed` with a message for people.
 * @param usage - shown for --help, and when the arguments are wrong
 */
export async function main(
  command: () => Promise<number>,
  { usage, failed }: { readonly usage: string; readonly failed: number },
): Promise<void> {
  if (process.argv.slice(2).some((arg) => arg === "--help" || arg === "-h")) {
    console.log(usage);
    return;
  }
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(scrub(error instanceof Error ? error.message : String(error), process.env));
    if (error instanceof UsageError) console.error(`\n${usage}`);
    process.exitCode = failed;
  }
}
