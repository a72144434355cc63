import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { circles } from "./support/circles.ts";
import { importsOf, violations, type SourceText } from "./support/fences.ts";

const projectDir = join(import.meta.dirname, "..");
const read = (path: string): SourceText => ({
  path,
  text: readFileSync(join(projectDir, path), "utf8"),
});

const sourcesOf = (room: string): string[] =>
  readdirSync(join(projectDir, room), { recursive: true, encoding: "utf8" })
    .map((name) => `${room}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !path.includes("/node_modules/"));
const paths = ["index.ts", ...["components", "cli"].flatMap(sourcesOf)];

test.each(paths)("%s keeps to the rules of its room", (path) => {
  expect(violations(read(path))).toEqual([]);
});

test("index.ts has no logic: 40 lines at most", () => {
  expect(read("index.ts").text.split("\n").length - 1).toBeLessThanOrEqual(40);
});

/** Beside the program, with packages of their own: what the program has must not be there by chance. */
test.each(["cli", "lab"])("the workspace %s names in its package.json what it imports", (room) => {
  const files = sourcesOf(room).filter((path) => !/^lab\/(plugins|test)\//.test(path));
  const imported = files
    .flatMap((path) => importsOf(read(path)))
    .map(({ from }) => /^(@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from)
    .filter((name) => !name.startsWith(".") && !name.startsWith("node:"));
  const { dependencies } = JSON.parse(read(`${room}/package.json`).text) as {
    dependencies: Readonly<Record<string, string>>;
  };
  expect([...new Set(imported)].sort()).toEqual(Object.keys(dependencies));
});

test("no files import each other in a ring", () => {
  expect(circles([...paths, ...sourcesOf("lab")].map(read))).toEqual([]);
});

test("a ring is found, of types too, with every file in it", () => {
  const sources = [
    { path: "a/x.ts", text: 'import type { Y } from "../b/y.ts";' },
    { path: "b/y.ts", text: 'import { z } from "./z.ts";' },
    { path: "b/z.ts", text: 'export { x } from "../a/x.ts";' },
    { path: "b/leads-in.ts", text: 'import { z } from "./z.ts";' },
  ];
  expect(circles(sources)).toEqual([["a/x.ts", "b/y.ts", "b/z.ts"]]);
});

/** A file that breaks a rule, and what is said about it; proves that the rule is enforced. */
type Offence = readonly [path: string, text: string, said: string];

const offences: readonly Offence[] = [
  ["lib/a.ts", 'import { x } from "../spec.ts";', "imports components/spec.ts"],
  ["spec.ts", 'import type { Machine } from "./providers/machine.ts";', "imports components/prov"],
  ["lib/a.ts", 'import * as pulumi from "@pulumi/pulumi";', "imports @pulumi/pulumi"],
  ["spec.ts", 'import type { Output } from "@pulumi/pulumi";', "imports @pulumi/pulumi"],
  ["etcd/a.ts", 'import { b } from "../workers/b.ts";', "imports components/workers/b.ts"],
  ["addons/a.ts", 'import { b } from "../etcd/b.ts";', "imports components/etcd/b.ts"],
  ["addons/a.ts", 'import { step } from "../remote/step.ts";', "imports components/remote/step.ts"],
  ["remote/a.ts", 'import { b } from "../pki/b.ts";', "imports components/pki/b.ts"],
  ["pki/a.ts", 'import { b } from "../cluster.ts";', "imports components/cluster.ts"],
  ["pki/a.ts", 'export { b } from "../cluster.ts";', "imports components/cluster.ts"],
  ["config/a.ts", 'import { b } from "../pki/b.ts";', "imports components/pki/b.ts"],
  ["cluster.ts", 'import { readConfig } from "./config.ts";', "imports components/config.ts"],
  [
    "etcd/a.ts",
    'import { m } from "../providers/machine.ts";',
    "imports components/providers/mach",
  ],
  [
    "etcd/a.ts",
    'import type { D } from "../providers/linode.ts";',
    "imports components/providers/li",
  ],
  ["cluster.ts", 'import { up } from "../lab/cli/up.ts";', "imports lab/cli/up.ts"],
  ["cluster.ts", 'await import("../lab/cli/up.ts");', "imports lab/cli/up.ts"],
  ["cluster.ts", "await import(name);", "imports (computed)"],
  ["cluster.ts", 'import { Droplet } from "@pulumi/digitalocean";', "imports @pulumi/digitalocean"],
  [
    "pki/a.ts",
    'import { Vpc } from "@pulumi/digitalocean/vpc.js";',
    "imports @pulumi/digitalocean",
  ],
  ["providers/digitalocean.ts", 'import * as l from "@pulumi/linode";', "imports @pulumi/linode"],
  ["etcd/a.ts", 'import * as c from "@pulumi/command/remote";', "imports @pulumi/command/remote"],
  ["cluster.ts", 'import * as tls from "@pulumi/tls";', "imports @pulumi/tls"],
  ["workers/a.ts", 'import * as k from "@pulumi/kubernetes";', "imports @pulumi/kubernetes"],
  ["cluster.ts", 'import * as r from "@pulumi/random";', "imports @pulumi/random"],
  ["lib/a.ts", 'import { readFileSync } from "node:fs";', "imports node:fs"],
  ["lib/assets.ts", 'import { exec } from "node:child_process";', "imports node:child_process"],
  ["lib/a.ts", "export const home = () => process.env.HOME;", "uses process, line 1"],
  ["lib/a.ts", "const { env } = process;", "uses process, line 1"],
  [
    "etcd/a.ts",
    'import { Step } from "../remote/step.ts";\nexport const s = new Step("s");',
    "makes something at import, line 2",
  ],
  [
    "etcd/a.ts",
    'import * as pulumi from "@pulumi/pulumi";\nconst c = pulumi.getStack();',
    "calls Pulumi at import, line 2",
  ],
  [
    "etcd/a.ts",
    'import { Step } from "../remote/step.ts";\nexport const f = (o) =>\n  o.apply((x) => new Step(x));',
    "makes a resource inside apply, line 3",
  ],
  ["lib/a.ts", "// \n".repeat(301), "has 301 lines, more than 300"],
];

describe("the rules find", () => {
  test.each(offences)("in %s: %j", (path, text, said) => {
    expect(violations({ path: `components/${path}`, text })).toEqual([
      expect.stringContaining(`components/${path}: ${said}`),
    ]);
  });
});

const commandOffences: readonly Offence[] = [
  ["plan/a.ts", 'import { up } from "../../lab/cli/up.ts";', "imports lab/cli/up.ts"],
  [
    "plan/a.ts",
    'import { step } from "../../components/remote/step.ts";',
    "imports components/remote/step.ts",
  ],
  [
    "plan/a.ts",
    'import { readConfig } from "../../components/config.ts";',
    "imports components/config.ts",
  ],
  ["plan/a.ts", 'import * as pulumi from "@pulumi/pulumi";', "imports @pulumi/pulumi"],
  ["inventory/a.ts", "// \n".repeat(301), "has 301 lines, more than 300"],
];

describe("the rules find, among the commands", () => {
  test.each(commandOffences)("in %s: %j", (path, text, said) => {
    expect(violations({ path: `cli/${path}`, text })).toEqual([
      expect.stringContaining(`cli/${path}: ${said}`),
    ]);
  });
});

test("commands may use what the machine offers", () => {
  const text = 'import { spawn } from "node:child_process";\nexport const e = () => process.env;';
  expect(violations({ path: "cli/lib/a.ts", text })).toEqual([]);
});

const allowed: readonly (readonly [path: string, text: string])[] = [
  ["etcd/a.ts", 'import type { Machine } from "../providers/machine.ts";'],
  ["cluster.ts", 'import { createMachines } from "./providers/machines.ts";'],
  ["spec.ts", 'import type { Download } from "./lib/artifacts.ts";'],
  ["addons/a.ts", 'import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";'],
  ["lib/assets.ts", 'import { readFileSync } from "node:fs";'],
  ["lib/a.ts", 'import * as v from "valibot";\nconst schema = v.object({ process: v.string() });'],
  ["lib/a.ts", "const known = new Set([1]);"],
  [
    "etcd/a.ts",
    'import { Step } from "../remote/step.ts";\nexport const f = () => new Step(new URL("x"));',
  ],
];

describe("the rules allow", () => {
  test.each(allowed)("in %s: %j", (path, text) => {
    expect(violations({ path: `components/${path}`, text })).toEqual([]);
  });
});
