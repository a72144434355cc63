// A process in which the program has run, and then fails like most mistakes do; prints the stack trace.
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

// The first thing that Pulumi does for a program.
createRequire(import.meta.resolve("@pulumi/pulumi/cmd/run/index.js"))(
  "source-map-support/register",
);
process.once("unhandledRejection", (error) => {
  console.log((error as Error).stack);
  process.exit();
});
await import("../../index.ts").catch(() => undefined); // refuses the empty config
pulumi.output("value").apply(() => {
  throw new TypeError("a mistake");
});
