import * as pulumi from "@pulumi/pulumi";

/** Thrown once with everything that is wrong in a stack's config; shown without a stack trace. */
export class ConfigError extends pulumi.RunError {
  /** One line each: `<path>: <what is wrong>, got <value>; <what to write>`. */
  readonly problems: readonly string[];

  constructor(stack: string, problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super([`${count} in stack config "${stack}":`, ...problems].join("\n  "));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** What is wrong at one place, and what to write there instead. */
export interface Problem {
  /** Completes `<path>: …`, e.g. "not an IPv4 range". */
  readonly wrong: string;
  /** What the config holds; left out when there is nothing or when `wrong` says it. */
  readonly got?: unknown;
  /** Completes `…; <what to write>`. */
  readonly fix: string;
}

/** Collects problems, so that all are reported at once and none only because of another. */
export class Problems {
  readonly #lines: string[] = [];
  readonly #doubtful = new Set<string>();

  /** Records a problem; its path is in doubt from then on. */
  add(path: string, { wrong, got, fix }: Problem): void {
    const value = got === undefined ? "" : `, got ${shown(got)}`;
    this.#lines.push(`${path}: ${wrong}${value}; ${fix}`);
    this.doubt(path);
  }

  /** Says that the value at a path is not what the user meant, so that no further check judges it. */
  doubt(path: string): void {
    this.#doubtful.add(path);
  }

  /** Whether nothing is in doubt at these paths, above them or below them. */
  areSound(...paths: readonly string[]): boolean {
    return paths.every((path) =>
      [...this.#doubtful].every((other) => !isWithin(path, other) && !isWithin(other, path)),
    );
  }

  /** @throws ConfigError when there is any problem */
  throwIfAny(stack: string): void {
    if (this.#lines.length > 0) throw new ConfigError(stack, this.#lines);
  }
}

function isWithin(path: string, outer: string): boolean {
  if (!path.startsWith(outer)) return false;
  return path.length === outer.length || [".", "["].includes(path.charAt(outer.length));
}

/** A value as JSON, short enough for a line, without what a URL may carry before its host. */
function shown(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(/\/\/[^/@"\s]*@/g, "//[secret]@");
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
