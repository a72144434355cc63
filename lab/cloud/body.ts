/** A JSON object of a request. */
export type Body = Readonly<Record<string, unknown>>;

/** Reads members of a body; each throws what the API says of a member that is not as it should be. */
export interface BodyReader {
  /** A string member; null when it is missing or null. */
  readonly text: (body: Body, name: string) => string | null;
  /** A string member that must be there and not be empty. */
  readonly requiredText: (body: Body, name: string) => string;
  /** A boolean member; false when it is missing or null. */
  readonly flag: (body: Body, name: string) => boolean;
  /** An integer; null when it is missing or null. */
  readonly integer: (body: Body, name: string) => number | null;
  /** A list member; [] when it is missing or null. */
  readonly list: (body: Body, name: string) => readonly unknown[];
  readonly texts: (body: Body, name: string) => readonly string[];
  readonly integers: (body: Body, name: string) => readonly number[];
  /** A member that is an object itself; {} when it is missing or null. */
  readonly object: (body: Body, name: string) => Body;
  /** A list of objects; [] when it is missing or null. */
  readonly objects: (body: Body, name: string) => readonly Body[];
}

/** @param invalid - the error for a member; `problem` goes on after its name, e.g. "must be a string" */
export function bodyReader(invalid: (name: string, problem: string) => Error): BodyReader {
  const text: BodyReader["text"] = (body, name) => {
    const value = body[name] ?? null;
    if (value === null || typeof value === "string") return value;
    throw invalid(name, "must be a string");
  };
  const list: BodyReader["list"] = (body, name) => {
    const value = body[name] ?? [];
    if (Array.isArray(value)) return value as readonly unknown[];
    throw invalid(name, "must be a list");
  };
  return {
    text,
    list,
    requiredText(body, name) {
      const value = text(body, name);
      if (value === null || value === "") throw invalid(name, "is required");
      return value;
    },
    flag(body, name) {
      const value = body[name] ?? false;
      if (typeof value === "boolean") return value;
      throw invalid(name, "must be a boolean");
    },
    integer(body, name) {
      const value = body[name] ?? null;
      if (value === null || Number.isInteger(value)) return value as number | null;
      throw invalid(name, "must be an integer");
    },
    texts: (body, name) =>
      list(body, name).map((item) => {
        if (typeof item === "string") return item;
        throw invalid(name, "must be a list of strings");
      }),
    integers: (body, name) =>
      list(body, name).map((item) => {
        if (Number.isInteger(item)) return item as number;
        throw invalid(name, "must be a list of integers");
      }),
    object(body, name) {
      const value = body[name] ?? {};
      if (isObject(value)) return value;
      throw invalid(name, "must be an object");
    },
    objects: (body, name) =>
      list(body, name).map((item) => {
        if (isObject(item)) return item;
        throw invalid(name, "must be a list of objects");
      }),
  };
}

export function isObject(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
