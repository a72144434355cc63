import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readConfig } from "../../components/config.ts";
import { sampleStack } from "../support/samples.ts";

/** What a plan of a stack that says this shows as warnings; it stops at the first download. */
async function warningsOf(values: Readonly<Record<string, unknown>>): Promise<string[]> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      // Nothing was built yet.
      call: () => ({ outputs: {} }),
    },
    "hardway",
    "test",
    true,
    "organization",
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key.includes(":") ? key : `hardway:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  const shown: string[] = [];
  vi.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    shown.push(message);
    return Promise.resolve();
  });
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("no network in this test"));
  await expect(readConfig()).rejects.toThrow("no network in this test");
  return shown;
}

afterEach(() => {
  vi.restoreAllMocks();
  pulumi.runtime.setAllConfig({});
});

describe("a plan warns of", () => {
  it.each(["digitalocean", "linode"])(
    "a port that is open to the whole internet, on %s",
    async (provider) => {
      const open = { "hardway:operatorCidrs": ["0.0.0.0/0"] };
      expect(await warningsOf({ ...sampleStack(provider), ...open })).toEqual([
        "operatorCidrs: 0.0.0.0/0 lets the whole internet reach SSH and the API server",
      ]);
    },
  );

  it("a price that it does not know", async () => {
    const values = { allowUnknownSize: true, workers: { size: "s-16vcpu-32gb" } };
    expect(await warningsOf({ ...values, operatorCidrs: ["203.0.113.7/32"] })).toEqual([
      "allowUnknownSize: the price of s-16vcpu-32gb is not known; monthlyCostUsd leaves it out",
    ]);
  });
});
