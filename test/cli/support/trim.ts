type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** An object of a recording. */
export type Fields = Record<string, Json>;

/**
 * Makes a recording of what `pulumi preview --json --show-sames` printed: what the report reads, and nothing of the config,
 * of outputs, or of the machine it was made on. See README.md beside the recordings.
 */
export function trimPreview(preview: Fields): Fields {
  const steps = (preview["steps"] as Fields[]).map(trimStep);
  const diagnostics = preview["diagnostics"];
  return { steps, ...(diagnostics === undefined ? {} : { diagnostics }) };
}

function trimStep({ op, urn, oldState, newState, diffReasons, replaceReasons }: Fields): Fields {
  const about = { op: op as string, urn: urn as string, isBrief: diffReasons == null };
  const state = (key: string, whole: Json | undefined) =>
    whole === null || whole === undefined ? {} : { [key]: trimState(whole as Fields, about) };
  return {
    op: about.op,
    urn: about.urn,
    ...state("oldState", oldState),
    // What stays the same is there once.
    ...(about.op === "same" ? {} : state("newState", newState)),
    ...(diffReasons == null ? {} : { diffReasons }),
    ...(replaceReasons == null ? {} : { replaceReasons }),
  };
}

interface About {
  readonly op: string;
  readonly urn: string;
  /** Nothing of its own changes. */
  readonly isBrief: boolean;
}

function trimState(state: Fields, { op, urn, isBrief }: About): Fields {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const isCommand = type.startsWith("command:");
  const dependencies = (state["dependencies"] ?? []) as string[];
  // The order of services follows from steps and, where something is made anew, from certificates.
  const wanted = op === "same" ? /\$command:/ : /\$command:|\$tls:/;
  const kept = dependencies.filter((other) => isCommand && wanted.test(other));
  const { protect } = state;
  return {
    inputs: trimInputs((state["inputs"] ?? {}) as Fields, { type, op, isBrief }),
    ...(kept.length === 0 || op === "create" || op === "delete" ? {} : { dependencies: kept }),
    ...(protect === undefined ? {} : { protect }),
  };
}

function trimInputs(
  inputs: Fields,
  { type, op, isBrief }: { readonly type: string; readonly op: string; readonly isBrief: boolean },
): Fields {
  const only = (...keys: readonly string[]) =>
    Object.fromEntries(Object.entries(inputs).filter(([key]) => keys.includes(key)));
  // What stays the same is only read for its dependencies and, of a machine, its size.
  if (op === "same") return only("size");
  if (/firewall|droplet/.test(type)) return inputs;
  if (!isBrief && inputs["kind"] !== "CustomResourceDefinition") return inputs;
  if (type.startsWith("command:")) return only("create", "delete");
  if (type.startsWith("kubernetes:")) return only("apiVersion", "kind", "metadata");
  return {};
}
