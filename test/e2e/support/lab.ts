import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { copyCheckout as copyOfCheckout } from "../../../lab/lib/checkout.ts";
import { exec, type ExecError } from "../../../lab/lib/exec.ts";
import { ownProgram } from "../../../lab/lib/host-programs.ts";
import { labNamed, projectDir } from "../../../lab/lib/paths.ts";

/** What a command said and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const lab = labNamed();
/** A copy of the checkout that tests may edit; a run leaves the real one as it was. */
const copy = join("/var/lib/hardway", `${lab.name}-checkout`);
const node = ownProgram(join(projectDir, "node_modules", ".bin", "node"));
const main = join(copy, "lab", "cli", "main.ts");

export const copyCheckout = (): Promise<void> => copyOfCheckout(copy);

export function removeCheckout(): void {
  rmSync(copy, { recursive: true, force: true });
}

/** Runs one of the lab's commands, e.g. `run("lab", "status")`, and lets it fail. */
export async function attempt(args: readonly string[], input = ""): Promise<Outcome> {
  try {
    return { code: 0, ...(await exec(node, [main, ...args], { cwd: copy, input })) };
  } catch (error) {
    const { exitCode, stdout, stderr } = error as ExecError;
    return { code: exitCode, stdout, stderr };
  }
}

/** Runs one of the lab's commands that must succeed; its output. */
export async function run(args: readonly string[], input = ""): Promise<string> {
  return (await exec(node, [main, ...args], { cwd: copy, input })).stdout;
}

/** What the last `up` did, resource by resource: its log. */
export const upLog = (): string =>
  readFileSync(join(copy, ".hardway", "logs", `up-${lab.name}.log`), "utf8");

/** Starts one of the lab's commands in a process group of its own, so that all of it can be killed at once. */
export function start(args: readonly string[]): {
  readonly ended: Promise<number | null>;
  kill(): void;
} {
  const child = spawn(node, [main, ...args], { cwd: copy, detached: true, stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    ended,
    kill: () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    },
  };
}

export const kubectl = (...args: string[]) => run(["kubectl", ...args]);
export const apply = (...objects: object[]) =>
  run(
    ["kubectl", "apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  );
export const pulumi = (...args: string[]) => run(["pulumi", ...args]);
/** A command line on a machine, as root. */
export const ssh = (machine: string, command: string) => run(["lab", "ssh", machine, command]);

/** One object of the cluster. */
export async function get<T>(...args: string[]): Promise<T> {
  return JSON.parse(await kubectl("get", "-o", "json", ...args)) as T;
}

/** Repeats `check` until it returns something; what it last failed with is in the error. */
export async function eventually<T>(seconds: number, check: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** Ends one of the lab's commands, and all that it has started, at the moment when `check` holds. */
export async function killedWhen(
  args: readonly string[],
  check: () => Promise<void>,
): Promise<void> {
  const command = start(args);
  try {
    await eventually(300, check);
  } finally {
    command.kill();
    await command.ended;
  }
}

/** Reboots machines at once, each by itself, and waits until each runs again. */
export async function reboot(...machines: readonly string[]): Promise<void> {
  const marker = "/run/hardway-e2e-boot"; // /run is empty after a boot, whoever caused it
  await Promise.all(machines.map((machine) => ssh(machine, `touch ${marker}`)));
  await Promise.all(
    machines.map((machine) => attempt(["lab", "ssh", machine, "systemctl reboot"])),
  );
  await Promise.all(
    machines.map((machine) =>
      eventually(60, () => ssh(machine, `systemctl show >/dev/null && test ! -e ${marker}`)),
    ),
  );
}

/** Changes a file of the copy; the returned function changes it back. */
export function edit(path: string, change: (text: string) => string): () => void {
  const file = join(copy, path);
  const before = readFileSync(file, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${path}: the edit changes nothing`);
  writeFileSync(file, after);
  return () => {
    writeFileSync(file, before);
  };
}

/** What a stack's config file says, by key. */
export type StackValues = Readonly<Record<string, unknown>>;

/** Changes a stack's config in the copy; the returned function changes it back. */
export function editStack(stack: string, change: (values: StackValues) => StackValues): () => void {
  return edit(`Pulumi.${stack}.yaml`, (text) => {
    const { config, ...rest } = parse(text) as { config: StackValues };
    return stringify({ ...rest, config: change(config) });
  });
}

/** A step of a plan, as `pulumi preview --json` tells it. */
export interface PlanStep {
  readonly op: string;
  readonly urn: string;
}

/** The state as it is stored, without asking Pulumi, which may be running. */
export function storedState(): string {
  return readFileSync(join(lab.stateDir, "pulumi-backend/.pulumi/stacks/hardway/dev.json"), "utf8");
}

/** What is in the state, and since when. Each export encrypts secrets anew, so that their texts say nothing. */
export async function recorded(): Promise<unknown[]> {
  const { deployment } = JSON.parse(await pulumi("stack", "export")) as {
    deployment: { resources: { urn: string; id?: string; modified?: string }[] };
  };
  return deployment.resources.map(({ urn, id, modified }) => [urn, id, modified]);
}

/** Names of what a preview would do, without what stays the same. */
export async function plan(): Promise<string[]> {
  const { steps } = JSON.parse(await pulumi("preview", "--json")) as { steps: PlanStep[] };
  return steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? urn}`)
    .sort();
}

/** When a unit last started, in microseconds since its machine's boot. */
export async function startedAt(machine: string, unit: string): Promise<string> {
  const property = "ExecMainStartTimestampMonotonic";
  return (await ssh(machine, `systemctl show --value -p ${property} ${unit}`)).trim();
}

export { lab };
