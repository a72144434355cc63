import { readAsset } from "./assets.ts";

/** What may stand for a placeholder; numbers and booleans are written as JavaScript prints them. */
export type RenderValue = string | number | boolean;

const placeholder = /\{\{ *([A-Za-z][A-Za-z0-9]*) *\}\}/g;

/**
 * Fills the `{{ camelCase }}` placeholders of a text.
 *
 * Strict both ways: a placeholder without a value and a value without a placeholder are errors, so that
 * text and code cannot drift apart.
 * @param name - names the text in errors, e.g. "env/etcd.env"
 * @throws Error naming the text and the line; a value itself is never in the message, it may be secret
 */
export function render(
  name: string,
  text: string,
  values: Readonly<Record<string, RenderValue>>,
): string {
  const unused = new Set(Object.keys(values));
  const lines = text.split("\n").map((line, index) =>
    line.replaceAll(placeholder, (_, key: string) => {
      const value = values[key];
      if (value === undefined) {
        throw new Error(`${name}:${index + 1}: no value for the placeholder {{ ${key} }}`);
      }
      unused.delete(key);
      return oneLine(name, key, String(value));
    }),
  );
  if (unused.size > 0) {
    throw new Error(`${name}: no placeholder for the value ${[...unused].sort().join(", ")}`);
  }
  return lines.join("\n");
}

/** `render` of a file under `assets/`. */
export function renderAsset(path: string, values: Readonly<Record<string, RenderValue>>): string {
  return render(path, readAsset(path), values);
}

// A line break in a value would let it say more than its own line.
function oneLine(name: string, key: string, value: string): string {
  if (/[\p{Cc}]/u.test(value)) {
    throw new Error(`${name}: the value of {{ ${key} }} has a control character`);
  }
  return value;
}
