import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectDir } from "../lib/paths.ts";
import { wrapperDir, type ToolName } from "../tools/build.ts";
import { recipes, type Recipe } from "../tools/recipes.ts";

const toolsDir = join(projectDir, "lab", "tools");
const all = Object.entries(recipes) as [name: ToolName, recipe: Recipe][];
const goMod = (name: ToolName): Promise<string> =>
  readFile(join(wrapperDir(name), "go.mod"), "utf8");

describe("Go wrapper modules", () => {
  it("are one directory per recipe", async () => {
    const entries = await readdir(toolsDir, { withFileTypes: true });
    const dirs = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const here = all.filter(([, { dir }]) => dir === undefined).map(([name]) => name);
    expect(dirs.sort()).toEqual(here.sort());
  });

  it.each(all)("%s: go.mod names every main package as a tool", async (name, { mains }) => {
    const text = await goMod(name);
    const foreign = Object.values(mains).filter((main) => !main.startsWith("hardway/"));
    for (const main of foreign) expect(text).toMatch(new RegExp(`^(tool |\\t)${main}$`, "m"));
  });

  it.each(all)(
    "%s: go.mod requires the version of the recipe",
    async (name, { version, mains }) => {
      const required = [...(await goMod(name)).matchAll(/^(?:require |\t)([^\s=]+) v([\d.]+)/gm)];
      const foreign = Object.values(mains).filter((main) => !main.startsWith("hardway/"));
      for (const main of foreign) {
        const versions = required.filter(([, path]) => `${main}/`.startsWith(`${path}/`));
        expect(versions.map(([, , required]) => required)).toEqual([version]);
      }
    },
  );

  it.each(all)(
    "%s: what it takes from modules is in the wrapper and in go.mod",
    async (name, recipe) => {
      const text = await goMod(name);
      const modules = Object.values({ ...recipe.data, ...recipe.instead }).map(
        (from) => from.module,
      );
      for (const module of modules)
        expect(text).toMatch(new RegExp(`^(require |\\t)${module} v`, "m"));
      const files = await readdir(wrapperDir(name), { recursive: true });
      expect(files).toEqual(expect.arrayContaining(Object.keys(recipe.instead ?? {})));
    },
  );

  it("compiles Kubernetes' client libraries once for all that use them", async () => {
    const users: readonly ToolName[] = ["metrics-server", "coredns", "flannel", "traefik"];
    const goMods = await Promise.all(users.map(goMod));
    const shared = [
      ...["k8s.io/api", "k8s.io/apimachinery", "k8s.io/client-go", "k8s.io/kube-openapi"],
      ...["k8s.io/klog/v2", "k8s.io/utils", "sigs.k8s.io/structured-merge-diff/v6"],
      ...[
        "golang.org/x/net",
        "golang.org/x/sys",
        "golang.org/x/text",
        "google.golang.org/protobuf",
      ],
    ];
    for (const module of shared) {
      const versions = goMods.map(
        (text) => new RegExp(`^\\t${module} (v\\S+)`, "m").exec(text)?.[1],
      );
      expect([module, ...new Set(versions)]).toEqual([module, expect.stringMatching(/^v/)]);
    }
  });

  it.each(["kubernetes", "kubernetes-next"] as const)(
    "takes all staging modules of %s from one release",
    async (name) => {
      const replaced = [...(await goMod(name)).matchAll(/k8s\.io\/(\S+) => k8s\.io\/(\S+) (\S+)/g)];
      const [, minor, patch] = recipes[name].version.split(".");
      expect(replaced).toHaveLength(33);
      for (const [, from, to, version] of replaced) {
        expect([to, version]).toEqual([from, `v0.${minor}.${patch}`]);
      }
    },
  );

  it("tells Kubernetes its version twice, for the servers and for the clients", () => {
    const { variables } = recipes.kubernetes;
    for (const pkg of ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]) {
      expect(variables[`${pkg}.gitVersion`]).toBe(`v${recipes.kubernetes.version}`);
    }
  });
});
