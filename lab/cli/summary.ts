import { type PhaseTime, humanSeconds } from "../lib/progress.ts";
import type { ClusterHealth } from "./health.ts";
import { table } from "./table.ts";

export interface SummaryFacts {
  /** Name of the stack's config file. */
  readonly config: string;
  readonly health: ClusterHealth;
  readonly times: readonly PhaseTime[];
  readonly totalSeconds: number;
  /** Stack outputs, secret ones left out. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What `npm run up` ends with. */
export function summary({ config, health, times, totalSeconds, outputs }: SummaryFacts): string {
  const url = outputs["demoUrl"];
  return [
    "",
    `The cluster is healthy, after ${humanSeconds(totalSeconds)}.`,
    "",
    ...table(
      [
        ["NODE", "STATE", "ADDRESS", "KUBELET"],
        ...health.nodes.map(({ name, state, address, version }) => [name, state, address, version]),
      ],
      "  ",
    ),
    "",
    ...table(
      [
        ["ADD-ON", "PODS"],
        ...health.workloads.map(({ name, wanted, available }) => [name, `${available}/${wanted}`]),
      ],
      "  ",
    ),
    "",
    ...(typeof url === "string" ? [`  demo page:              ${url}`] : []),
    "  kubectl:                npm run kubectl -- get pods -A",
    "  a shell with both:      npm run lab -- shell",
    "  a shell on a machine:   npm run lab -- ssh worker-1",
    `  what it was made from:  ${config}`,
    "  what a change would do: npm run pulumi -- preview --diff",
    "  take it all down:       npm run down",
    "",
    `  times: ${timesLine(times)}`,
  ].join("\n");
}

/** Phases that took long enough to name. */
function timesLine(times: readonly PhaseTime[]): string {
  const long = times.filter(({ seconds, parallel }) => seconds >= 0.1 && !parallel);
  return long.map(({ title, seconds }) => `${title} ${humanSeconds(seconds)}`).join(", ");
}
