import type { Step } from "./preview.ts";

/** One line of the report and the resources it speaks of, by which it is told apart from what was pending before. */
export interface Item {
  /** Markdown. */
  readonly text: string;
  readonly urns: readonly string[];
}

/** What one line says; of several things at the same time, one item each. */
export type Line = readonly Item[];

/** A line about these steps. */
export function item(text: string, ...steps: readonly Step[]): Item {
  return { text, urns: steps.map(({ urn }) => urn) };
}

/** A name as it is written in Markdown. */
export function code(name: string): string {
  return `\`${name.replaceAll("`", "'").replaceAll("\n", " ")}\``;
}

/** `3 machines`, `1 machine`. */
export function count(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}
