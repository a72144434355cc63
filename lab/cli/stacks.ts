import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../lib/paths.ts";

/** What a lab can have up: its own stack, or the sample stack of a provider. */
export const stackChoices = ["dev", "digitalocean", "linode", "existing"] as const;
export type StackChoice = (typeof stackChoices)[number];

/** Name of the stack, which is part of its config's file name. */
export function stackNameOf(choice: StackChoice): string {
  return choice === "dev" ? "dev" : `lab-${choice}`;
}

const memory = (lab: Lab): string => join(lab.stateDir, "stack");

/** What the lab has up; `dev` while it has nothing. */
export function chosenStack(lab: Lab): StackChoice {
  return rememberedStack(lab) ?? "dev";
}

/** Name of the stack that the lab has. */
export function labStackName(lab: Lab): string {
  return stackNameOf(chosenStack(lab));
}

/**
 * The stack that `npm run up` is about.
 * @param wanted - what the user named; undefined goes on with what the lab has
 * @throws Error when the lab has another one
 */
export function stackFor(lab: Lab, wanted: StackChoice | undefined): StackChoice {
  const present = rememberedStack(lab);
  if (wanted === undefined || present === undefined || wanted === present) {
    return wanted ?? present ?? "dev";
  }
  throw new Error(
    `lab ${lab.name}: has stack ${stackNameOf(present)}, got --stack ${wanted}; take that down first ` +
      `with npm run down, or use another lab: HARDWAY_LAB=${wanted.slice(0, 6)} npm run up -- --stack ${wanted}`,
  );
}

/** Makes all commands of the lab work on this stack, until the lab goes. */
export async function rememberStack(lab: Lab, choice: StackChoice): Promise<void> {
  await writeFile(memory(lab), `${choice}\n`);
}

function rememberedStack(lab: Lab): StackChoice | undefined {
  const path = memory(lab);
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8").trim();
  return stackChoices.find((choice) => choice === text);
}
