import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diffProperties } from "../lib/diff.ts";
import { InitializationFailed, type Plugin } from "../lib/plugin.ts";
import { previewState } from "../lib/preview.ts";
import { providerPb } from "../lib/proto.ts";
import { checkProperties, decodeConfig } from "../lib/check-properties.ts";
import type { PropertyTable } from "../lib/schema-table.ts";
import { testEngine, testUrn } from "../lib/testing.ts";
import { decode, encode, secret, Unknown } from "../lib/values.ts";
import { bridgeWords } from "../lib/words.ts";

const { ADD, UPDATE, UPDATE_REPLACE } = providerPb.PropertyDiff.Kind;

const table = {
  size: { type: "number", required: true },
  kind: { type: "string", default: "plain", replaces: true },
  token: { type: "string", secret: true },
  tags: { type: { list: "string" } },
  login: { type: { object: { user: { type: "string" }, key: { type: "string", secret: true } } } },
  address: { type: "string", computed: true, outputOnly: true },
} satisfies PropertyTable;

const plugin: Plugin = {
  name: "toy",
  version: "1.0.0",
  resources: {
    "toy:index:Box": {
      check: ({ news }) => checkProperties(table, news, bridgeWords),
      diff: ({ oldInputs, news }) => ({ changes: diffProperties(table, oldInputs, news) }),
      create: ({ inputs, preview, log }) => {
        if (inputs["size"] === 13) {
          throw new InitializationFailed("half", { ...inputs }, "it fell", ["it fell over"]);
        }
        log("info", "building", { ephemeral: true });
        return preview
          ? { id: "", state: previewState(table, inputs) }
          : { id: "box-1", state: { ...inputs, address: "10.0.0.1" } };
      },
    },
  },
};

describe("values", () => {
  it("keep secrets, unknowns and nulls apart through a struct and back", () => {
    const { properties, secrets } = decode(
      encode({
        a: null,
        b: secret({ c: Unknown }),
        d: [1, secret(2)],
        e: undefined,
        f: { g: true },
      }),
    );
    expect(properties).toEqual({ a: null, b: { c: Unknown }, d: [1, 2], f: { g: true } });
    expect(secrets).toEqual([["b"], ["d"]]);
  });

  it("read output values: unknown without a value, secret when they say so", () => {
    const output = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
    const { properties, secrets } = decode(
      encode({
        known: { ...output, value: "v", secret: true, dependencies: ["urn"] },
        unknown: { ...output, dependencies: [] },
      }),
    );
    expect(properties).toEqual({ known: "v", unknown: Unknown });
    expect(secrets).toEqual([["known"]]);
  });
});

describe("checkProperties", () => {
  const failures = (news: Parameters<typeof checkProperties>[1]) =>
    checkProperties(table, news, bridgeWords).failures.map(({ reason }) => reason);

  it("names what is unknown, missing or of the wrong type, all at once and without the value", () => {
    expect(failures({ sise: 1, tags: ["a", 2], token: 5, address: "x" })).toEqual([
      'an unexpected argument "sise" was provided',
      "expected string type, got a value of type number",
      "expected string type, got a value of type number",
      'an unexpected argument "address" was provided',
      "Missing required property 'size'",
    ]);
  });

  it("lets unknown values pass for any type and takes null for absent", () => {
    expect(failures({ size: Unknown, tags: null })).toEqual([]);
  });

  it("reads the JSON text that the SDK makes of a provider's arguments", () => {
    expect(decodeConfig(table, { size: "5", tags: '["a"]', kind: "5", token: "[" })).toEqual({
      size: 5,
      tags: ["a"],
      kind: "5",
      token: "[",
    });
  });
});

describe("a served plugin", () => {
  const urn = testUrn("toy:index:Box", "mine");
  let engine: Awaited<ReturnType<typeof testEngine>>;
  beforeAll(async () => {
    engine = await testEngine(plugin);
  });
  afterAll(() => {
    engine.close();
  });

  it("says that it takes secrets and outputs, and supports previews", async () => {
    const response = await engine.configure({});
    expect(response.toObject()).toMatchObject({
      acceptsecrets: true,
      acceptoutputs: true,
      supportspreview: true,
    });
  });

  it("fills in defaults, and marks the schema's secrets and the user's", async () => {
    const checked = await engine.check(urn, {
      size: 1,
      token: "t",
      login: { key: "k" },
      tags: secret(["a"]),
    });
    expect(checked.failures).toEqual([]);
    expect(checked.properties).toMatchObject({ kind: "plain", size: 1 });
    expect(checked.secrets).toEqual(
      expect.arrayContaining([["token"], ["login", "key"], ["tags"]]),
    );
  });

  it("keeps a secret input secret in the state", async () => {
    const created = await engine.create(urn, { size: secret(1) });
    expect(created.id).toBe("box-1");
    expect(created.properties).toEqual({ size: 1, address: "10.0.0.1" });
    expect(created.secrets).toEqual([["size"]]);
  });

  it("does not know in a preview what is computed", async () => {
    const created = await engine.create(urn, { size: Unknown }, true);
    expect(created.properties).toEqual({ size: Unknown, address: Unknown });
  });

  it("says which change replaces and which does not", async () => {
    const olds = { inputs: { size: 1, kind: "a", tags: ["x"] }, state: {} };
    expect(await engine.diff(urn, "i", olds, olds.inputs)).toMatchObject({ changed: false });
    expect(await engine.diff(urn, "i", olds, { size: 2, kind: "b", tags: ["x", "y"] })).toEqual({
      changed: true,
      kinds: { size: UPDATE, kind: UPDATE_REPLACE, "tags[1]": ADD },
      replaces: ["kind"],
    });
  });

  it("shows a change inside a secret at the secret", async () => {
    const olds = { inputs: { size: 1, login: secret({ user: "a" }) }, state: {} };
    const { kinds } = await engine.diff(urn, "i", olds, { size: 1, login: secret({ user: "b" }) });
    expect(kinds).toEqual({ login: UPDATE });
  });

  it("logs against the resource before the operation ends", async () => {
    const logging = testUrn("toy:index:Box", "logging");
    await engine.create(logging, { size: 1 });
    expect(engine.logged.at(-1)).toEqual({
      severity: 1,
      message: "building",
      urn: logging,
      ephemeral: true,
    });
  });

  it("hands over what exists of a resource that failed to come up", async () => {
    const error: unknown = await engine.create(urn, { size: 13 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ details: "it fell" });
    const { metadata } = error as { metadata: { get(key: string): Buffer[] } };
    const details = Buffer.concat(metadata.get("grpc-status-details-bin")).toString("latin1");
    expect(details).toContain("pulumirpc.ErrorResourceInitFailed");
    expect(details).toContain("it fell over");
  });

  it("refuses a type it does not have by name", async () => {
    await expect(engine.check(testUrn("toy:index:Bag", "b"), {})).rejects.toThrow("toy:index:Bag");
  });

  it("refuses an update that the resource does not have", async () => {
    await expect(engine.update(urn, "i", { inputs: {}, state: {} }, {})).rejects.toThrow(
      "Update is not implemented for resource",
    );
  });
});
