import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { step, type StepArgs } from "../../components/remote/step.ts";
import { graphOf } from "../support/graph.ts";

class Room extends pulumi.ComponentResource {
  constructor() {
    super("hardway:remote:Room", "room", {});
  }
}

/** The inputs of one step as the engine gets them. */
async function inputsOf(args: Partial<StepArgs>, sudo = false) {
  const connection = { host: "192.0.2.1", port: 22, user: "u", privateKey: "k", hostKey: "h" };
  const graph = await graphOf(() => {
    step("it", { machine: { connection, sudo }, run: "make it", ...args }, { parent: new Room() });
  });
  return graph.one("command:remote:Command", "it").inputs;
}

describe("a step", () => {
  it("does the same when it is new and when it changes, and nothing when it goes", async () => {
    const inputs = await inputsOf({});
    expect(inputs["create"]).toBe("make it");
    expect(inputs).not.toHaveProperty("update");
    expect(inputs).not.toHaveProperty("delete");
  });

  it("does something else when it changes, or goes, where that is said", async () => {
    const inputs = await inputsOf({ onUpdate: pulumi.output("change it"), onDelete: "undo it" });
    expect(inputs).toMatchObject({ create: "make it", update: "change it", delete: "undo it" });
  });

  it("goes through sudo in all of that where the login is not root's", async () => {
    const inputs = await inputsOf({ onUpdate: "change it", onDelete: "undo it" }, true);
    expect([inputs["create"], inputs["update"], inputs["delete"]]).toEqual([
      "sudo -n make it",
      "sudo -n change it",
      "sudo -n undo it",
    ]);
  });
});
