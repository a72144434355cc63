import { join } from "node:path";
import { backups, parseBackupsCommand, usage } from "./backups/command.ts";
import { main } from "./lib/main.ts";

await main(
  () => backups(parseBackupsCommand(process.argv.slice(2)), join(import.meta.dirname, "..")),
  { usage, failed: 2 },
);
