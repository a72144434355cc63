import { join } from "node:path";
import { main } from "./lib/main.ts";
import { parsePlanCommand, plan, usage } from "./plan/command.ts";

await main(
  () =>
    plan(parsePlanCommand(process.argv.slice(2)), {
      project: join(import.meta.dirname, ".."),
      // npm runs scripts in the project and tells from where.
      caller: process.env["INIT_CWD"] ?? process.cwd(),
    }),
  { usage, failed: 1 },
);
