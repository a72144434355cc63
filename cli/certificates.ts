import { join } from "node:path";
import { certificates, parseCertificatesCommand, usage } from "./certificates/command.ts";
import { main } from "./lib/main.ts";

await main(
  () =>
    certificates(parseCertificatesCommand(process.argv.slice(2)), join(import.meta.dirname, "..")),
  { usage, failed: 2 },
);
