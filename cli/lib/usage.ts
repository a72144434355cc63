/** What the user typed is no command; the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Flags with a value, e.g. `--stack dev`, those that may be repeated, and flags that stand alone, e.g. `--json`. */
export interface Flags<V extends string, B extends string, L extends string> {
  readonly values: readonly V[];
  readonly lists?: readonly L[];
  readonly switches: readonly B[];
}

type Read<V extends string, B extends string, L extends string> = Readonly<
  Partial<Record<V, string>> & Partial<Record<B, true>> & Partial<Record<L, readonly string[]>>
>;

/**
 * Reads flags in any order; `--flag value` and `--flag=value` are the same.
 * @throws UsageError naming the argument and what there is
 */
export function readFlags<V extends string, B extends string, L extends string = never>(
  argv: readonly string[],
  flags: Flags<V, B, L>,
): Read<V, B, L> {
  const { values, lists = [], switches } = flags;
  const read: Record<string, string | true> = {};
  const repeated: Record<string, string[]> = {};
  const args = argv.flatMap((arg) => (/^--[\w-]+=/.test(arg) ? splitOnce(arg) : [arg]));
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? "";
    const name = arg.slice(2);
    const isFlag = arg.startsWith("--");
    const isList = (lists as readonly string[]).includes(name);
    if (isFlag && (switches as readonly string[]).includes(name)) {
      read[name] = true;
    } else if (isFlag && (isList || (values as readonly string[]).includes(name))) {
      i += 1;
      const value = args[i];
      if (value === undefined || value.startsWith("--")) {
        throw new UsageError(`${arg}: value is missing; write ${arg} ${name.toUpperCase()}`);
      }
      if (isList) (repeated[name] ??= []).push(value);
      else read[name] = value;
    } else {
      const known = [...values, ...lists, ...switches].map((flag) => `--${flag}`).join(", ");
      throw new UsageError(`unknown argument, got ${JSON.stringify(arg)}; use ${known}`);
    }
  }
  return { ...read, ...repeated } as unknown as Read<V, B, L>;
}

/** The stack that a command is for: the flag, or Pulumi's own variable. */
export function requiredStack(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const stack = flag ?? env["PULUMI_STACK"];
  if (stack === undefined || stack === "") {
    throw new UsageError("--stack: missing; write --stack NAME or set PULUMI_STACK");
  }
  if (!/^[\w./-]+$/.test(stack) || stack.startsWith("-")) {
    throw new UsageError(
      `--stack: no name of a stack, got ${JSON.stringify(stack)}; use one of pulumi stack ls`,
    );
  }
  return stack;
}

function splitOnce(arg: string): readonly string[] {
  const at = arg.indexOf("=");
  return [arg.slice(0, at), arg.slice(at + 1)];
}
