import { join } from "node:path";
import { kubeconfigFor, parseKubeconfigCommand, usage } from "./kubeconfig/command.ts";
import { main } from "./lib/main.ts";

await main(
  () =>
    kubeconfigFor(parseKubeconfigCommand(process.argv.slice(2)), {
      project: join(import.meta.dirname, ".."),
      // npm runs scripts in the project and tells from where.
      caller: process.env["INIT_CWD"] ?? process.cwd(),
    }),
  { usage, failed: 1 },
);
