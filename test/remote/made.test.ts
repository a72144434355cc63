import * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, it } from "vitest";
import { onceMade } from "../../components/remote/made.ts";

/** In a preview: plugins may say the id of a step that is to be done, and never what it will print. */
beforeAll(() =>
  pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({
        id: `${name}-id`,
        state: { ...(inputs as object), ...(name === "done" ? { stdout: "" } : {}) },
      }),
      call: () => ({}),
    },
    "hardway",
    "test",
    true,
  ),
);

const isKnown = (output: pulumi.Output<string>) =>
  (output as unknown as { readonly isKnown: Promise<boolean> }).isKnown;

it("a value that waits for steps is known in a preview when all of them are done", async () => {
  const step = (name: string) =>
    new command.Command(name, { connection: { host: "203.0.113.11" }, create: "true" });
  const value = pulumi.output("kubeconfig");
  expect(await isKnown(onceMade([step("done")], value))).toBe(true);
  expect(await isKnown(onceMade([step("done"), step("to do")], value))).toBe(false);
});
