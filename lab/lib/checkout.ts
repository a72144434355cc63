import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exec } from "./exec.ts";
import { projectDir } from "./paths.ts";

/**
 * Copies the checkout as it is now, with what git knows and would know after `git add`; packages come along.
 * @param target - directory; what is there is removed
 */
export async function copyCheckout(target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  for (const path of await ownFiles()) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await cp(join(projectDir, path), join(target, path)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // deleted, not yet committed
    });
  }
  // Hard links, as quick as a symbolic one for the whole, under which Node.js imports some CommonJS packages as empty modules.
  const packages = [join(projectDir, "node_modules"), join(target, "node_modules")];
  await exec("cp", ["-al", ...packages]).catch(() => exec("cp", ["-a", "-f", ...packages])); // another file system
}

async function ownFiles(): Promise<string[]> {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const { stdout } = await exec("git", list, { cwd: projectDir });
  return stdout.split("\0").filter((path) => path !== "");
}
