import { type Fault, type FaultKind, faultKinds } from "../cloud/faults.ts";
import type { BenchOptions } from "./bench/bench.ts";
import { type StackChoice, stackChoices } from "./stacks.ts";

/** One command of the lab as typed, checked but not yet run. */
export type Command =
  | { readonly name: "help" }
  | { readonly name: "up"; readonly stack: StackChoice | undefined }
  | { readonly name: "drill" }
  | { readonly name: "down"; readonly all: boolean }
  | { readonly name: "pulumi"; readonly args: readonly string[] }
  | { readonly name: "kubectl"; readonly args: readonly string[] }
  | { readonly name: "status"; readonly json: boolean }
  | { readonly name: "ssh"; readonly node: string; readonly command: readonly string[] }
  | { readonly name: "exec"; readonly command: readonly [string, ...string[]] }
  | { readonly name: "setup" }
  | { readonly name: "shell" }
  | { readonly name: "open"; readonly url: string }
  | { readonly name: "image-import"; readonly file: string; readonly reference: string | undefined }
  | { readonly name: "image-list" }
  | { readonly name: "fault-set"; readonly fault: Fault }
  | { readonly name: "fault-list" }
  | { readonly name: "fault-clear" }
  | {
      readonly name: "logs";
      readonly node: string;
      readonly unit: string;
      readonly args: readonly string[];
    }
  | { readonly name: "e2e"; readonly all: boolean; readonly args: readonly string[] }
  | ({ readonly name: "bench" } & BenchOptions);

/** What the user typed is no command; the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the arguments after `lab/run.sh`.
 * @throws UsageError naming the argument and what to write
 */
export function parseCommand(argv: readonly string[]): Command {
  const [name, ...args] = argv;
  switch (name) {
    case undefined:
      throw new UsageError("command: missing; use one of the list below");
    case "help":
    case "--help":
    case "-h":
      return { name: "help" };
    case "up":
      return { name, stack: parseStack(args) };
    case "down":
      noMore("down", args, "--all");
      return { name, all: args.includes("--all") };
    case "drill":
      noMore("drill", args);
      return { name };
    case "pulumi":
    case "kubectl":
      return { name, args };
    case "e2e":
      return {
        name,
        all: args.includes("--all"),
        args: args.filter((arg) => arg !== "--all"),
      };
    case "lab":
      return parseLabCommand(args);
    case "bench":
      return { name, ...parseBench(args) };
    default:
      throw unknown("command", name);
  }
}

function parseLabCommand([name, ...args]: readonly string[]): Command {
  switch (name) {
    case undefined:
      throw new UsageError(
        "lab: subcommand missing; use setup, status, ssh, logs, exec, shell, open, image or fault",
      );
    case "status":
      noMore("lab status", args, "--json");
      return { name, json: args.includes("--json") };
    case "setup":
    case "shell":
      noMore(`lab ${name}`, args);
      return { name };
    case "open": {
      const [url, ...rest] = args;
      noMore("lab open", rest);
      return { name, url: required("lab open", "URL", url) };
    }
    case "image":
      return parseImageCommand(args);
    case "fault":
      return parseFaultCommand(args);
    case "ssh": {
      const [node, ...command] = args;
      return { name, node: required("lab ssh", "NODE", node), command: unquoted(command) };
    }
    case "exec": {
      const [program, ...rest] = unquoted(args);
      return { name, command: [required("lab exec", "CMD", program), ...rest] };
    }
    case "logs": {
      const [node, unit, ...rest] = args;
      return {
        name,
        node: required("lab logs", "NODE", node),
        unit: required("lab logs", "UNIT", unit),
        args: rest,
      };
    }
    default:
      throw unknown("lab subcommand", name);
  }
}

function parseImageCommand([name, ...args]: readonly string[]): Command {
  switch (name) {
    case undefined:
      throw new UsageError("lab image: subcommand missing; use import or list");
    case "list":
      noMore("lab image list", args);
      return { name: "image-list" };
    case "import": {
      const [file, reference, ...rest] = args;
      noMore("lab image import", rest);
      const path = required("lab image import", "FILE", file);
      return { name: "image-import", file: path, reference };
    }
    default:
      throw unknown("lab image subcommand", name);
  }
}

function parseStack(args: readonly string[]): StackChoice | undefined {
  if (args.length === 0) return undefined;
  const [flag, text, ...rest] = args.flatMap((arg) => arg.split("="));
  if (flag !== "--stack") noMore("up", args, "--stack NAME");
  noMore("up --stack NAME", rest);
  const choice = stackChoices.find((name) => name === text);
  if (choice !== undefined) return choice;
  throw new UsageError(
    `up --stack: no such stack, got ${JSON.stringify(text ?? "")}; use ${stackChoices.slice(0, -1).join(", ")} ` +
      `or ${stackChoices.at(-1) ?? ""}`,
  );
}

const benchOptions = {
  "--idle": { standard: 60, form: /^\d{1,5}$/, what: "a number of seconds", example: "60" },
  "--soak": { standard: 900, form: /^\d{1,5}$/, what: "a number of seconds", example: "60" },
  "--control-plane": { standard: 1, form: /^[135]$/, what: "1, 3 or 5", example: "3" },
} as const;

function parseBench(args: readonly string[]): BenchOptions {
  const given = readOptions("bench", args, Object.keys(benchOptions));
  const number = (flag: keyof typeof benchOptions): number => {
    const { standard, form, what, example } = benchOptions[flag];
    const text = given.get(flag) ?? `${standard}`;
    if (form.test(text)) return Number(text);
    const got = JSON.stringify(text);
    throw new UsageError(`bench ${flag}: not ${what}, got ${got}; use e.g. ${example}`);
  };
  return {
    idleSeconds: number("--idle"),
    soakSeconds: number("--soak"),
    masters: number("--control-plane"),
  };
}

function parseFaultCommand([name, ...args]: readonly string[]): Command {
  switch (name) {
    case undefined:
      throw new UsageError("lab fault: subcommand missing; use set, list or clear");
    case "list":
    case "clear":
      noMore(`lab fault ${name}`, args);
      return { name: `fault-${name}` };
    case "set": {
      const [kind, ...options] = args;
      return {
        name: "fault-set",
        fault: parseFault(required("lab fault set", "KIND", kind), options),
      };
    }
    default:
      throw unknown("lab fault subcommand", name);
  }
}

function parseFault(name: string, args: readonly string[]): Fault {
  const kind = faultKinds.find((known): known is FaultKind => known === name);
  if (kind === undefined) {
    throw new UsageError(
      `lab fault set: unknown kind, got ${JSON.stringify(name)}; use ${faultKinds.join(", ")}`,
    );
  }
  const known = ["--method", "--path", "--times", "--seconds"];
  const options = readOptions("lab fault set", args, known);
  return {
    kind,
    method: options.get("--method")?.toUpperCase() ?? null,
    path: options.get("--path") ?? "/",
    times: wholeNumber("lab fault set --times", options.get("--times") ?? "1"),
    seconds: wholeNumber("lab fault set --seconds", options.get("--seconds") ?? "20"),
  };
}

/** Options that all have a value, written as `--name value` or `--name=value`. */
function readOptions(
  command: string,
  args: readonly string[],
  known: readonly string[],
): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  const words = args.flatMap((arg) => arg.split("="));
  for (let at = 0; at < words.length; at += 2) {
    const [option = "", value] = words.slice(at, at + 2);
    if (!known.includes(option)) throw unknown(`${command} option`, option);
    options.set(option, required(command, `the value of ${option}`, value));
  }
  return options;
}

function wholeNumber(what: string, text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new UsageError(`${what}: not a number, got ${JSON.stringify(text)}; use e.g. 3`);
}

/** `lab exec -- CMD` is how many people write it. */
function unquoted(args: readonly string[]): readonly string[] {
  return args[0] === "--" ? args.slice(1) : args;
}

function required(command: string, what: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`${command}: ${what} is missing`);
  return value;
}

function noMore(command: string, args: readonly string[], ...allowed: readonly string[]): void {
  const extra = args.find((arg) => !allowed.includes(arg));
  if (extra !== undefined) {
    const hint = allowed.length === 0 ? "it takes no arguments" : `use ${allowed.join(" or ")}`;
    throw new UsageError(`${command}: unexpected argument, got ${JSON.stringify(extra)}; ${hint}`);
  }
}

function unknown(what: string, name: string): UsageError {
  return new UsageError(`${what}: unknown, got ${JSON.stringify(name)}; use one of the list below`);
}
