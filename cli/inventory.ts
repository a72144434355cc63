import { join } from "node:path";
import { inventory, parseInventoryCommand, usage } from "./inventory/command.ts";
import { main } from "./lib/main.ts";

await main(
  () => inventory(parseInventoryCommand(process.argv.slice(2)), join(import.meta.dirname, "..")),
  { usage, failed: 2 },
);
