import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

const projectDir = join(import.meta.dirname, "..", "..");

/**
 * The text of a file under `assets/`, with LF line ends.
 * @param path - relative to `assets/`, e.g. "units/etcd.service"
 */
export function readAsset(path: string): string {
  return readFileSync(join(projectDir, "assets", path), "utf8").replaceAll("\r\n", "\n");
}

/**
 * The text of a file that the stack config names.
 * @param path - absolute, or relative to the project directory
 */
export function readProjectFile(path: string): string {
  return readFileSync(projectPath(path), "utf8");
}

/** What is in a file that the stack config names, whatever it is. */
export function readProjectBytes(path: string): Buffer {
  return readFileSync(projectPath(path));
}

/** The absolute path of a file that the stack config names relative to the project directory, or absolutely. */
export function projectPath(path: string): string {
  return isAbsolute(path) ? path : join(projectDir, path);
}
