import { reveal, type Graph, type Registered } from "./graph.ts";

/** A file as a step writes it on its machine. */
export interface WrittenFile {
  readonly path: string;
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  readonly content: string;
}

/** What one step sends to its machine, taken apart. */
export interface Bundle {
  readonly reasons: readonly string[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly files: readonly WrittenFile[];
}

/** The text of a step's input, secret or not; empty without it. */
export function textOf(step: Registered, input: "create" | "update" | "delete" | "stdin"): string {
  return (reveal(step.inputs[input]) as string | undefined) ?? "";
}

/** The bundle on a step's stdin; empty when it is none. */
export function bundleOf(step: Registered): Bundle {
  const entries = textOf(step, "stdin").split(/^>>> /m).slice(1);
  const of = (kind: string) =>
    entries
      .filter((entry) => entry.startsWith(`${kind} `))
      .map((entry) => {
        const end = entry.indexOf("\n");
        return { head: entry.slice(kind.length + 1, end), content: entry.slice(end + 1) };
      });
  return {
    reasons: of("because").map(({ head }) => head),
    links: of("link").map(({ head }) => {
      const [path = "", target = ""] = head.split(" ");
      return { path, target };
    }),
    files: of("file").map(({ head, content }) => {
      const [path = "", mode = "", owner = ""] = head.split(" ");
      return { path, mode, owner, content };
    }),
  };
}

/** Every step on one machine, by the machine's host key: a step may be named after another one. */
export function stepsOn(graph: Graph, node: string): Registered[] {
  return graph.ofType("command:remote:Command").filter(({ inputs }) => {
    const { hostKey } = reveal(inputs["connection"]) as { hostKey: string };
    return hostKey === `ssh-ed25519 AAAA${node}-ssh-host`;
  });
}

/** Those of them that make a unit run. */
export function unitStepsOn(graph: Graph, node: string): Registered[] {
  return stepsOn(graph, node).filter((step) => textOf(step, "create").includes("/run-unit.sh "));
}
