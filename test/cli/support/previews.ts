import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePreview, type Preview } from "../../../cli/plan/preview.ts";
import { type Report, reportOf } from "../../../cli/plan/report.ts";

export const previewsDir = join(import.meta.dirname, "..", "previews");

/** A recorded preview, see previews/README.md. */
export function recorded(name: string): Preview {
  return parsePreview(readFileSync(join(previewsDir, `${name}.json`), "utf8"));
}

/** The report of a recorded preview of the stack `dev`. */
export function recordedReport(name: string, baseName?: string): Report {
  const base = baseName === undefined ? null : { name: "main", preview: recorded(baseName) };
  return reportOf({ stack: "dev", preview: recorded(name), base });
}

/** Lines below a heading, up to the next. */
export function section(markdown: string, title: string): readonly string[] {
  const [, rest = ""] = markdown.split(`### ${title}\n\n`);
  return (rest.split("\n\n")[0] ?? "").split("\n").filter((line) => line !== "");
}

/** What a step of a made-up preview says; a type such as `digitalocean:index/droplet:Droplet`. */
export interface FakeStep {
  readonly op: string;
  readonly type: string;
  readonly name: string;
  readonly before?: object;
  readonly after?: object;
  readonly dependencies?: readonly string[];
  readonly protect?: boolean;
  readonly diffReasons?: readonly string[];
}

export function urnOf({ type, name }: { readonly type: string; readonly name: string }): string {
  return `urn:pulumi:dev::hardway::hardway:index:Cluster$${type}::${name}`;
}

/** A preview with these steps, as Pulumi prints it. */
export function fakePreview(...steps: readonly FakeStep[]): Preview {
  return parsePreview(
    JSON.stringify({
      steps: steps.map((step) => {
        const { op, before, after, dependencies, protect, diffReasons } = step;
        const state = (inputs: object) => ({ inputs, dependencies, protect });
        return {
          op,
          urn: urnOf(step),
          ...(before === undefined ? {} : { oldState: state(before) }),
          ...(after === undefined ? {} : { newState: state(after) }),
          ...(diffReasons === undefined ? {} : { diffReasons }),
        };
      }),
    }),
  );
}

/** The report of a preview with these steps. */
export function fakeReport(...steps: readonly FakeStep[]): Report {
  return reportOf({ stack: "dev", preview: fakePreview(...steps), base: null });
}
