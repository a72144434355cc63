import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../lib/paths.ts";

/** Version of the pinned `@pulumi/NAME` package: the engine asks for the plugin of exactly this version. */
export function sdkVersion(name: string): string {
  const path = join(projectDir, "node_modules", "@pulumi", name, "package.json");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
  return version;
}
