import { rename, stat, utimes, writeFile } from "node:fs/promises";
import { ExecError } from "../lib/exec.ts";
import { kubeconfigPath } from "./environment.ts";
import { execInLab, type Session } from "./session.ts";
import { stackFile } from "./state.ts";

/**
 * Path of the cluster admin's kubeconfig, mode 0600; asked from the stack again after each update.
 * @throws Error when the stack has none yet
 */
export async function kubeconfigOf(session: Session): Promise<string> {
  const path = kubeconfigPath(session.lab);
  const stack = await stackFile(session.lab);
  if (stack === null) throw new Error("kubeconfig: there is no stack yet; run npm run up");
  const { mtime } = await stat(stack);
  if (await isKubeconfigCurrent(session)) return path;
  const text = await readKubeconfig(session);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o600 });
  await utimes(draft, mtime, mtime);
  await rename(draft, path);
  return path;
}

/** Whether the file is of the stack as it is now: it carries the time of the stack it was read from. */
export async function isKubeconfigCurrent({ lab }: Session): Promise<boolean> {
  const stack = await stackFile(lab);
  const cached = await stat(kubeconfigPath(lab)).catch(() => null);
  if (stack === null || cached === null) return false;
  // give or take what `utimes` rounds
  return Math.abs(cached.mtimeMs - (await stat(stack)).mtimeMs) < 2;
}

/** Says that the kubeconfig is current again, after an update that changed nothing: to ask the stack takes a second. */
export async function keepKubeconfig({ lab }: Session): Promise<void> {
  const stack = await stackFile(lab);
  if (stack === null) return;
  const { mtime } = await stat(stack);
  await utimes(kubeconfigPath(lab), mtime, mtime);
}

/** The stack's output; while a first update has not ended, what its Kubernetes provider was given. */
async function readKubeconfig(session: Session): Promise<string> {
  const command = ["pulumi", "stack", "export", "--show-secrets", "--non-interactive"];
  const { stdout } = await execInLab(session, command).catch((error: unknown) => {
    // its own message would hold the end of stdout, which is full of secrets
    throw new Error(
      `${command.join(" ")}: failed\n${error instanceof ExecError ? error.stderr : ""}`,
    );
  });
  const text = kubeconfigIn(stdout);
  if (text === null) {
    throw new Error("kubeconfig: the stack has none yet; let npm run up come to its end");
  }
  return text;
}

/** The kubeconfig in an exported stack with its secrets in plain text. */
export function kubeconfigIn(exported: string): string | null {
  const { deployment } = JSON.parse(exported) as {
    deployment?: {
      resources?: readonly {
        type: string;
        inputs?: Readonly<Record<string, unknown>>;
        outputs?: Readonly<Record<string, unknown>>;
      }[];
    };
  };
  const resources = deployment?.resources ?? [];
  const stack = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  return (
    plainSecret(stack?.outputs?.["kubeconfig"]) ?? plainSecret(provider?.inputs?.["kubeconfig"])
  );
}

/** An exported secret is an object that holds its value as JSON. */
function plainSecret(value: unknown): string | null {
  if (typeof value === "string") return value;
  const { plaintext } = (value ?? {}) as { plaintext?: unknown };
  if (typeof plaintext !== "string") return null;
  const inner = JSON.parse(plaintext) as unknown;
  return typeof inner === "string" ? inner : JSON.stringify(inner);
}
