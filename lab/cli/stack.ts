import { mkdir } from "node:fs/promises";
import { backendDir } from "./environment.ts";
import { execInLab, type Session } from "./session.ts";
import { labStackName } from "./stacks.ts";
import { readCheckpoint, stackFile } from "./state.ts";

/**
 * Makes the stack in the lab's file backend when it is not there.
 *
 * The checkout stays as it is: the salt of the labs' passphrase is in the stack's config already.
 * @returns whether it was made
 */
export async function ensureStack(session: Session): Promise<boolean> {
  if ((await stackFile(session.lab)) !== null) return false;
  await mkdir(backendDir(session.lab), { recursive: true, mode: 0o700 });
  await mkdir(session.lab.pulumiHome, { recursive: true });
  await execInLab(session, [
    "pulumi",
    "stack",
    "init",
    labStackName(session.lab),
    "--no-select",
    "--non-interactive",
  ]);
  return true;
}

/** The stack's outputs as stored; secret ones are ciphertext, do not print them. */
export async function storedOutputs(session: Session): Promise<Readonly<Record<string, unknown>>> {
  const checkpoint = await readCheckpoint(session.lab);
  const stack = checkpoint?.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return stack?.outputs ?? {};
}
