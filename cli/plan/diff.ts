import { isDeepStrictEqual } from "node:util";
import { type Step, unknownValue } from "./preview.ts";
import { secret, withoutSecrets } from "../lib/secrets.ts";

/** Most characters of one value on one line. */
const maxLine = 200;
/** Lines of a text that are shown around a change. */
const context = 2;

const signs = { create: "+", update: "~", replace: "±", delete: "-", same: " " } as const;

/**
 * What changes in one resource, as lines for a block of the language `diff`: its type and name, then each input. Secrets are
 * never shown, only that they change.
 */
export function diffOf(step: Step): readonly string[] {
  const { change, type, name, before, after } = step;
  const head = `@@ ${signs[change]} ${change} ${type} ${name} @@`;
  if (before === null || after === null || change === "delete") return [head];
  const lines = difference("", withoutSecrets(before.inputs), withoutSecrets(after.inputs));
  // What is hidden on both sides looks the same; the raw values tell whether it is.
  const hidden = Object.keys({ ...before.inputs, ...after.inputs })
    .filter(
      (key) =>
        step.reasons.includes(key) || !isDeepStrictEqual(before.inputs[key], after.inputs[key]),
    )
    .filter((key) => !lines.some((line) => line.slice(2).startsWith(key)))
    .map((key) => `! ${key}: ${secret} changes`);
  return [head, ...lines, ...hidden];
}

function difference(path: string, before: unknown, after: unknown): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isText(before) && isText(after)) return textDifference(path, before, after);
  if (isRecord(before) && isRecord(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((key) => key !== "__defaults")
      .flatMap((key) => difference(path === "" ? key : `${path}.${key}`, before[key], after[key]));
  }
  return [
    ...(before === undefined ? [] : [`- ${path}: ${brief(before)}`]),
    ...(after === undefined ? [] : [`+ ${path}: ${brief(after)}`]),
  ];
}

/** Changed lines of a long text with a few around them. */
function textDifference(path: string, before: string, after: string): readonly string[] {
  const lines = lineDifference(before.split("\n"), after.split("\n"));
  const isNear = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some(([sign]) => sign !== " "),
  );
  const shown = lines.flatMap(([sign, text], at) => {
    if (isNear[at] === true) return [`${sign} ${clip(text)}`];
    return isNear[at - 1] === true ? ["  …"] : [];
  });
  return [`  ${path}:`, ...shown];
}

type Line = readonly [sign: "+" | "-" | " ", text: string];

/** The shortest way from one list of lines to another, by their longest common part. */
export function lineDifference(
  before: readonly string[],
  after: readonly string[],
): readonly Line[] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start])
    start += 1;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const same = (text: string): Line => [" ", text];
  return [
    ...before.slice(0, start).map(same),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): readonly Line[] {
  // Two texts with little in common: a table of their lines would take too long, and nobody would read the outcome.
  if (before.length * after.length > 1_000_000) return replaced(before, after);
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push([" ", before[i] ?? ""]);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push(["-", before[i] ?? ""]);
      i += 1;
    } else {
      lines.push(["+", after[j] ?? ""]);
      j += 1;
    }
  }
  return [...lines, ...replaced(before.slice(i), after.slice(j))];
}

function replaced(before: readonly string[], after: readonly string[]): readonly Line[] {
  return [...before.map((text): Line => ["-", text]), ...after.map((text): Line => ["+", text])];
}

function brief(value: unknown): string {
  if (value === unknownValue) return "(known after the update)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return clip(text.replaceAll(unknownValue, "(known after the update)").replaceAll("\n", "\\n"));
}

function clip(text: string): string {
  return text.length <= maxLine ? text : `${text.slice(0, maxLine)}…`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.includes("\n");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
