import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256Of } from "../lib/download.ts";
import { recipes } from "../tools/recipes.ts";
import { filesUrl } from "./files.ts";
import type { LockedFile } from "./lock.ts";

/** Name in a lock of the file with cert-manager's CustomResourceDefinitions. */
export const crdsName = "cert-manager-crds";

/** Where `npm run up` puts it for the program, which reads files only; relative to the project. */
export const crdsPath = ".hardway/cert-manager.crds.yaml";

/**
 * Writes cert-manager's CustomResourceDefinitions into `<dir>/files`, as upstream's release has them: in one file.
 * @param toolDir - what was built of cert-manager, with the module's `crds/`
 * @returns its entry for the mirror's lock
 */
export async function addBuiltCrds(dir: string, toolDir: string): Promise<LockedFile> {
  const { version } = recipes["cert-manager"];
  const source = join(toolDir, "crds");
  const names = (await readdir(source)).filter((name) => name.endsWith(".yaml")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(source, name), "utf8")));
  const path = `cert-manager-${version}/cert-manager.crds.yaml`;
  const target = join(dir, "files", path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, texts.map(withoutTemplates).join("---\n"));
  const sum = await sha256Of(target);
  return {
    name: crdsName,
    version,
    url: `${filesUrl}/${path}`,
    sha256: { amd64: sum, arm64: sum },
    path: crdsPath,
  };
}

/**
 * A file of the module as plain YAML: Helm fills in only labels, so lines with a template go, and `labels:` when
 * nothing is left below it.
 */
export function withoutTemplates(text: string): string {
  const lines = text.split("\n").filter((line) => !line.includes("{{"));
  const isEmpty = (index: number): boolean => {
    const indent = (line = ""): number => line.search(/\S|$/);
    return (
      /^\s*labels:\s*$/.test(lines[index] ?? "") && indent(lines[index + 1]) <= indent(lines[index])
    );
  };
  return `${lines
    .filter((_, index) => !isEmpty(index))
    .join("\n")
    .trimEnd()}\n`;
}
