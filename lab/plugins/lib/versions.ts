import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Version of the pinned `@pulumi/NAME` package: the engine asks for the plugin of exactly this version. */
export function sdkVersion(name: string): string {
  const { version } = require(`@pulumi/${name}/package.json`) as { readonly version: string };
  return version;
}
