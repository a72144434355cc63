import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../lib/exec.ts";
import type { Recipe } from "./recipes.ts";

/**
 * The modules that a recipe takes files from, as `go` has them on disk. Only `downloadModules` makes one, so nobody can
 * ask where a module is before it was downloaded.
 */
export class DownloadedModules {
  readonly #dirs: ReadonlyMap<string, string>;

  /** @param dirs - module → its directory in the module cache */
  private constructor(dirs: ReadonlyMap<string, string>) {
    this.#dirs = dirs;
  }

  /**
   * Downloads what the recipe takes files from, in the versions of the wrapper's go.mod.
   * @throws ExecError with what `go` printed
   */
  static async download(
    recipe: Recipe,
    wrapper: string,
    env: Readonly<Record<string, string>>,
  ): Promise<DownloadedModules> {
    const from = Object.values({ ...recipe.data, ...recipe.instead });
    const modules = [...new Set(from.map(({ module }) => module))];
    if (modules.length === 0) return new DownloadedModules(new Map());
    const { stdout } = await exec("go", ["mod", "download", "-json", ...modules], {
      cwd: wrapper,
      env,
    });
    // one JSON object after the other
    const found = JSON.parse(`[${stdout.trim().replaceAll(/^\}\s*\{/gm, "},{")}]`) as {
      readonly Path: string;
      readonly Dir: string;
    }[];
    return new DownloadedModules(new Map(found.map(({ Path, Dir }) => [Path, Dir])));
  }

  /** Copies what the recipe calls data into `target`. */
  async copyData({ data = {} }: Recipe, target: string): Promise<void> {
    for (const [name, { module, path }] of Object.entries(data)) {
      await cp(join(this.#dir(module), path), join(target, name), { recursive: true });
    }
  }

  /**
   * Writes into `target` a go.mod of the wrapper in which modules are replaced by copies with other files in them, beside
   * those copies. (`go build -overlay` does not reach into the module cache.)
   * @param home - where `target` will be when it is done
   */
  async writePatched(
    { instead = {} }: Recipe,
    wrapper: string,
    target: string,
    home: string,
  ): Promise<void> {
    const files = Object.entries(instead);
    const modules = [...new Set(files.map(([, { module }]) => module))];
    const copyName = (module: string): string => module.replaceAll("/", "_");
    for (const module of modules) {
      await cp(this.#dir(module), join(target, copyName(module)), { recursive: true });
    }
    for (const [file, { module, path }] of files) {
      await copyFile(join(wrapper, file), join(target, copyName(module), path));
    }
    const replaces = modules.map(
      (module) => `replace ${module} => ${join(home, copyName(module))}`,
    );
    const goMod = await readFile(join(wrapper, "go.mod"), "utf8");
    await writeFile(join(target, "go.mod"), [goMod, ...replaces, ""].join("\n"));
    await copyFile(join(wrapper, "go.sum"), join(target, "go.sum"));
  }

  #dir(module: string): string {
    const dir = this.#dirs.get(module);
    if (dir === undefined) throw new Error(`${module}: the recipe takes no file from it`);
    return dir;
  }
}
