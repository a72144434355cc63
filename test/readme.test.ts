import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const projectDir = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(projectDir, path), "utf8");
const samples = readdirSync(projectDir).filter((name) => /^Pulumi\.\w+\.yaml$/.test(name));
const guides = readdirSync(join(projectDir, "docs")).filter((name) => name.endsWith(".md"));
const texts = ["README.md", ...samples, ...guides.map((name) => `docs/${name}`)];

const withInit = texts.filter((path) => read(path).includes("pulumi stack init"));

test("a stack is begun somewhere", () => {
  expect(withInit).toEqual(expect.arrayContaining(["README.md", "Pulumi.linode.yaml"]));
});

test.each(withInit)(
  "%s copies the sample before it makes the stack, whose salt goes into that file",
  (path) => {
    const text = read(path);
    const copied = text.indexOf("cp Pulumi.");
    expect(copied).toBeGreaterThan(-1);
    expect(text.indexOf("pulumi stack init")).toBeGreaterThan(copied);
  },
);

test("README names the Pulumi CLI and the Node.js that the packages ask for", () => {
  const { engines, dependencies } = parse(read("package.json")) as {
    engines: { node: string };
    dependencies: Record<string, string>;
  };
  const [major, minor] = (dependencies["@pulumi/pulumi"] ?? "").split(".");
  expect(read("README.md")).toContain(`${major ?? ""}.${minor ?? ""} or newer`);
  expect(read("README.md")).toContain(`Node.js ${engines.node.replace(">=", "")} or newer`);
});
