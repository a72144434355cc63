import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { schema } from "../../components/config/schema.ts";
import { monthlyCostUsd } from "../../components/facts/cost.ts";
import { changedLock, configOf, minimal, type StackValues } from "../support/stack.ts";

const read = (name: string) => readFileSync(join(import.meta.dirname, "..", "..", name), "utf8");
const project = parse(read("Pulumi.yaml")) as {
  name: string;
  main: string;
  runtime: { options: { typescript: boolean } };
  config: Record<string, Record<string, unknown> & { description: string; default: unknown }>;
};
const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const stackOf = (name: string) => parse(read(name)) as { config: Record<string, unknown> };

describe("Pulumi.yaml", () => {
  test("runs index.ts as it is, in the namespace of our keys", () => {
    expect(project.name).toBe("hardway");
    expect(project.main).toBe("index.ts");
    expect(project.runtime.options.typescript).toBe(false);
  });

  test("describes every key of the schema and no other", () => {
    expect(Object.keys(project.config)).toEqual(Object.keys(schema.entries));
    for (const { description } of Object.values(project.config)) {
      expect(description).toMatch(/^(text|object|list|true or false): .*[^.]$/);
    }
  });

  test("leaves every check to the program: the CLI would stop at the first type or missing key", () => {
    for (const [key, entry] of Object.entries(project.config)) {
      expect([key, ...Object.keys(entry)]).toEqual([key, "description", "default"]);
      expect(entry.default).not.toBeNull();
    }
  });

  test("gives the defaults that a stack gets without it", () => {
    const defaults: StackValues = Object.fromEntries(
      Object.entries(project.config).map(([key, entry]) => [key, entry.default]),
    );
    expect(configOf({ ...defaults, ...minimal }).spec).toEqual(configOf(minimal).spec);
  });
});

describe("Pulumi.dev.yaml", () => {
  const text = read("Pulumi.dev.yaml");
  const { config } = stackOf("Pulumi.dev.yaml");

  test("has at most 16 lines", () => {
    expect(text.split("\n").length - 1).toBeLessThanOrEqual(16);
  });

  test("is the cluster of the defaults on the lab's cloud, and can be destroyed", () => {
    const lock = changedLock(({ files }) => {
      for (const file of files) file.url = `http://10.240.0.1:8080/files/${file.name}`;
    });
    const { spec } = configOf(config, {
      ".hardway/artifacts.lock.json": lock,
      ".hardway/acme-ca.pem": certificate,
    });
    const { addons, artifacts, names, provider, isProtected, operatorCidrs, ...rest } = spec;
    expect(configOf(minimal).spec).toMatchObject(rest);
    expect(provider).toEqual({
      kind: "digitalocean",
      region: "fra1",
      apiEndpoint: "http://10.240.0.1:8000",
      reservedIps: { api: false, ingress: false },
    });
    expect(operatorCidrs).toEqual(["10.240.0.1/32"]);
    expect(names?.api).toBe("api.dev.cloud.test");
    expect(addons).toEqual({
      ...configOf(minimal).spec.addons,
      ingress: { isEnabled: true, controller: "traefik" },
      acme: {
        email: "admin@lab.test",
        directory: "https://10.240.0.1:14000/dir",
        caBundle: certificate,
      },
      demo: { host: "demo.cloud.test" },
    });
    expect(isProtected).toBe(false);
    expect(artifacts.mirror).toEqual({
      files: "http://10.240.0.1:8080",
      registry: "http://10.240.0.1:5000",
    });
    for (const { name, url } of artifacts.files) {
      expect(url).toBe(`http://10.240.0.1:8080/files/${name}`);
    }
  });

  test("holds no secret", () => {
    expect(text).not.toMatch(/secure:|token/);
  });
});

/** Keys that only one provider has, and a sample of another does not name. */
const onlyOn: Readonly<Record<string, string>> = { reservedIps: "digitalocean" };

describe.each([
  { cloud: "digitalocean", totalUsd: 18 },
  { cloud: "linode", totalUsd: 15 },
])("the sample stack of $cloud", ({ cloud, totalUsd }) => {
  const text = read(`Pulumi.${cloud}.yaml`);
  const { config } = stackOf(`Pulumi.${cloud}.yaml`);
  const defaults = configOf({ ...minimal, provider: cloud }).spec;

  test("is the cluster of the defaults: whoever edits operatorCidrs can start", () => {
    const { operatorCidrs, ...rest } = configOf(config).spec;
    expect(defaults).toMatchObject(rest);
    // a documentation range, so that forgetting to edit lets nobody in
    expect(operatorCidrs).toEqual(["203.0.113.7/32"]);
  });

  test("costs what it says, which is under $20 a month", () => {
    expect(monthlyCostUsd(configOf(config).spec)).toBe(totalUsd);
    expect(totalUsd).toBeLessThan(20);
    expect(text).toContain(`$${totalUsd} a month`);
  });

  test("names every key, in use or in a comment", () => {
    for (const key of Object.keys(schema.entries)) {
      const isIts = onlyOn[key] === undefined || onlyOn[key] === cloud;
      expect([key, text.includes(`hardway:${key}:`)]).toEqual([key, isIts]);
    }
  });

  test("says where everything else about it is", () => {
    expect(text).toContain(`docs/${cloud}.md`);
    expect(text).toContain(`assets/${cloud}.json`);
    expect(text).toContain(`cp Pulumi.${cloud}.yaml`);
    expect(text).toContain(`config set --secret ${cloud}:token`);
    expect(() => read(`docs/${cloud}.md`)).not.toThrow();
  });

  test("holds no secret", () => {
    expect(text).not.toMatch(/secure:|encryption/);
  });

  test("means in its comments what can be written", () => {
    const commented = Object.fromEntries(
      [...text.matchAll(/^ +# +(hardway:\w+: .*)$/gm)].flatMap(([, line = ""]) =>
        Object.entries(parse(line) as Record<string, unknown>),
      ),
    );
    expect(Object.keys(commented).length).toBeGreaterThan(3);
    expect(() => configOf({ ...config, ...commented })).not.toThrow();
  });
});
