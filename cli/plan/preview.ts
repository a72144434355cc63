import * as v from "valibot";

const state = v.looseObject({
  inputs: v.optional(v.record(v.string(), v.unknown())),
  outputs: v.optional(v.record(v.string(), v.unknown())),
  dependencies: v.optional(v.array(v.string())),
  deletedWith: v.optional(v.string()),
  protect: v.optional(v.boolean()),
});

const digest = v.looseObject({
  steps: v.optional(
    v.array(
      v.looseObject({
        op: v.string(),
        urn: v.string(),
        oldState: v.nullish(state),
        newState: v.nullish(state),
        diffReasons: v.nullish(v.array(v.string())),
        replaceReasons: v.nullish(v.array(v.string())),
      }),
    ),
    [],
  ),
  diagnostics: v.optional(
    v.array(v.looseObject({ message: v.optional(v.string(), ""), severity: v.string() })),
    [],
  ),
});

/** What happens to one resource; the engine's finer words are folded into these. */
export type Change = "create" | "update" | "replace" | "delete" | "same";

/** A resource before or after. */
export interface State {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  /** URN of the resource with which it goes. */
  readonly deletedWith: string | null;
  readonly isProtected: boolean;
}

/** One resource of a preview. */
export interface Step {
  readonly change: Change;
  readonly urn: string;
  /** Type token, e.g. `command:remote:Command`. */
  readonly type: string;
  readonly name: string;
  /** Class of our component it belongs to, e.g. `CoreDns`; empty: none. */
  readonly component: string;
  readonly before: State | null;
  readonly after: State | null;
  /** Inputs because of which it changes. */
  readonly reasons: readonly string[];
}

/** What `pulumi preview --json --show-sames` said. */
export interface Preview {
  /** In the engine's order. */
  readonly steps: readonly Step[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What stands for a value that only the update will know, see `UnknownStringValue` of Pulumi's SDK. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const changes: Readonly<Record<string, Change>> = {
  same: "same",
  create: "create",
  import: "create",
  update: "update",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
  delete: "delete",
};

/**
 * Reads what `pulumi preview --json` printed. Resources without an operation of ours, such as reads, are left out; so is
 * Pulumi's bookkeeping of the stack itself.
 * @throws Error when it is no preview
 * @see https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/display/json.go
 */
export function parsePreview(text: string): Preview {
  const parsed = v.safeParse(digest, parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`preview: not what pulumi preview --json prints: ${issue.message}`);
  }
  const { steps, diagnostics } = parsed.output;
  const byUrn = new Map<string, Step>();
  for (const { op, urn, oldState, newState, replaceReasons, diffReasons } of steps) {
    const change = changes[op];
    if (change === undefined || urn.includes("::pulumi:pulumi:Stack::")) continue;
    // A replacement is up to three steps for one resource.
    const known = byUrn.get(urn);
    const before = known?.before ?? stateOf(oldState);
    byUrn.set(urn, {
      change,
      urn,
      ...namesOf(urn),
      before,
      after: stateOf(newState) ?? known?.after ?? (change === "same" ? before : null),
      reasons: replaceReasons ?? diffReasons ?? known?.reasons ?? [],
    });
  }
  const said = (severity: string) =>
    diagnostics.filter((entry) => entry.severity === severity).map(({ message }) => plain(message));
  return {
    steps: [...byUrn.values()],
    errors: said("error"),
    warnings: said("warning"),
  };
}

/** The steps that do something. */
export function changing({ steps }: Preview): readonly Step[] {
  return steps.filter(({ change }) => change !== "same");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`preview: not JSON, got ${JSON.stringify(text.slice(0, 60))}`);
  }
}

function namesOf(urn: string): { type: string; name: string; component: string } {
  const [, , types = "", ...names] = urn.split("::");
  const chain = types.split("$");
  const ours = chain.filter((type) => type.startsWith("hardway:")).at(-1) ?? "";
  return {
    type: chain.at(-1) ?? "",
    name: names.join("::"),
    component: ours.split(":").at(-1) ?? "",
  };
}

function stateOf(raw: v.InferOutput<typeof state> | null | undefined): State | null {
  if (raw === null || raw === undefined) return null;
  return {
    inputs: raw.inputs ?? {},
    dependencies: raw.dependencies ?? [],
    deletedWith: raw.deletedWith === undefined || raw.deletedWith === "" ? null : raw.deletedWith,
    isProtected: raw.protect ?? false,
  };
}

/** A message without colours and without the engine's own prefix. */
function plain(message: string): string {
  return message
    .replaceAll(/\u001b\[[0-9;]*m/g, "")
    .replaceAll(/<\{%[^%]*%\}>/g, "")
    .replace(/^(error|warning): /, "")
    .trim();
}
