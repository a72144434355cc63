import { humanSeconds, type PhaseTime } from "../../lib/progress.ts";
import { table } from "../table.ts";
import type { ApiFigures } from "./api-client.ts";
import type { CriticalStep, RoomTime } from "./critical-path.ts";
import type { FailoverFigures } from "./failover.ts";
import type { MachineFigures } from "./memory.ts";
import type { SoakFigures } from "./soak.ts";

/** Everything that `npm run bench` measured; also the form of .hardway/bench.json. */
export interface Figures {
  readonly measuredAt: string;
  readonly commit: string;
  readonly cpus: number;
  readonly seconds: {
    /** Packages, tools, mirror and daemon, everything cached. */
    readonly labSetUp: number;
    readonly previewEmpty: number;
    /** `pulumi up` of an empty stack until the cluster is healthy. */
    readonly firstUp: number;
    /** From an empty stack to the first page over HTTPS whose chain verifies; null: it never came. */
    readonly firstPage: number | null;
    /** The whole command `npm run up`, with nothing to do. */
    readonly secondUp: number;
    /** `pulumi preview` with nothing to do. */
    readonly previewUnchanged: number;
    /** `pulumi preview` of a program without resources, in the same minute. */
    readonly previewEmptyProgram: number;
    readonly kubeletEdit: number;
    readonly destroy: number;
  };
  readonly firstUpPhases: readonly PhaseTime[];
  readonly rooms: readonly RoomTime[];
  readonly criticalPath: readonly CriticalStep[];
  readonly resources: number;
  /** Remote steps by node. */
  readonly remoteSteps: Readonly<Record<string, number>>;
  /** What the kubelet edit did, e.g. "2 updated, 120 unchanged". */
  readonly kubeletEditChanges: string;
  readonly idleSeconds: number;
  /** RSS of the control plane's units on each machine that has them. */
  readonly masterUnitsMib: Readonly<Record<string, number>>;
  readonly machines: readonly MachineFigures[];
  /** Null: it was not asked for. */
  readonly soak: SoakFigures | null;
  /** Null: there is one control-plane machine. */
  readonly failover: FailoverFigures | null;
}

/** What is aimed at, as in the project's goals. */
const aims = {
  firstPage: 75,
  secondUp: 8,
  /** Times what an empty program takes. */
  previewUnchanged: 5,
  kubeletEdit: 15,
  destroy: 12,
  masterUnitsMib: 540,
  remoteSteps: 12,
  leastAvailableMib: 150,
} as const;

/** The figures as people read them. */
export function reportText(figures: Figures): string {
  return [
    heading("Times"),
    ...table(timeRows(figures)),
    heading("First up, by phase"),
    ...table([
      ["PHASE", "TIME"],
      ...figures.firstUpPhases.map(({ title, seconds }) => [title, humanSeconds(seconds)]),
    ]),
    heading("First up, by part of the program"),
    ...table([
      ["PART", "STEPS", "FROM", "TO", "ON THE CRITICAL PATH"],
      ...figures.rooms.map((room) => [
        ...[room.room, `${room.steps}`, fixed(room.startSeconds), fixed(room.endSeconds)],
        fixed(room.criticalSeconds),
      ]),
    ]),
    heading("Critical path: what waited for what, in seconds"),
    ...table([
      ["START", "WAITED", "TOOK", "PART", "STEP"],
      ...figures.criticalPath.map((step) => [
        ...[fixed(step.startSeconds), fixed(step.waitedSeconds), fixed(step.seconds)],
        ...[step.room, `${step.name} ${step.kind}`],
      ]),
    ]),
    heading(`Memory after ${humanSeconds(figures.idleSeconds)} idle, in MiB`),
    ...table([
      ["MACHINE", "UNIT", "RSS"],
      ...figures.machines.flatMap(({ machine, units, availableMib, limitMib }) => [
        ...units.map(({ unit, rssMib }) => [machine, unit, fixed(rssMib)]),
        [machine, `available of ${fixed(limitMib)}`, fixed(availableMib)],
      ]),
    ]),
    ...(figures.soak === null ? [] : soakLines(figures.soak)),
    ...(figures.failover === null ? [] : failoverLines(figures.failover)),
  ].join("\n");
}

function soakLines({ seconds, page, leastAvailableMib, oomKills, restarts }: SoakFigures) {
  return [
    heading(`${humanSeconds(seconds)} under load`),
    ...table([
      ["WHAT", "MEASURED", "AIM"],
      ["requests for the page", `${page.requests}`, ""],
      ["failed", `${page.failed}`, "0"],
      ["median", `${fixed(page.medianMs)} ms`, ""],
      ["99 of 100 within", `${fixed(page.p99Ms)} ms`, ""],
      ["containers started again", `${restarts}`, "0"],
      ...Object.entries(leastAvailableMib).map(([machine, mib]) => [
        `least available on ${machine}`,
        `${fixed(mib)} MiB`,
        `at least ${aims.leastAvailableMib} MB`,
      ]),
      ...Object.entries(oomKills).map(([machine, count]) => [
        `killed for want of memory on ${machine}`,
        `${count}`,
        "0",
      ]),
    ]),
    ...page.failures,
  ];
}

function failoverLines({ powerCut, flagChange }: FailoverFigures) {
  const row = (what: string, { answered, retried, failed, lost, longestGapMs }: ApiFigures) => [
    ...[what, humanSeconds(longestGapMs / 1000), `${answered}`, `${retried}`],
    ...[`${failed.length}`, `${lost.length}`],
  ];
  return [
    heading("What clients on a worker noticed, which read and write and try again once"),
    ...table([
      ["WHAT", "LONGEST GAP", "ANSWERED", "AT THE SECOND TRY", "FAILED", "LOST"],
      row("power cut of a control-plane machine, and its return", powerCut),
      row(`a flag of all API servers, in ${humanSeconds(flagChange.seconds)}`, flagChange),
    ]),
    ...[...powerCut.failed, ...powerCut.lost, ...flagChange.failed, ...flagChange.lost].slice(0, 9),
  ];
}

function timeRows({ seconds, ...figures }: Figures): readonly (readonly string[])[] {
  const row = (what: string, value: string, aim = ""): readonly string[] => [what, value, aim];
  const atMost = (limit: number): string => `at most ${humanSeconds(limit)}`;
  return [
    ["WHAT", "MEASURED", "AIM"],
    row("lab set-up, caches warm", humanSeconds(seconds.labSetUp)),
    row("preview on an empty stack", humanSeconds(seconds.previewEmpty)),
    row("first up, to healthy", humanSeconds(seconds.firstUp)),
    row(
      "first page over HTTPS",
      seconds.firstPage === null ? "never" : humanSeconds(seconds.firstPage),
      atMost(aims.firstPage),
    ),
    row("second up, whole command", humanSeconds(seconds.secondUp), atMost(aims.secondUp)),
    row("preview of an empty program", humanSeconds(seconds.previewEmptyProgram)),
    row(
      "preview with nothing to do",
      `${humanSeconds(seconds.previewUnchanged)}, ${fixed(seconds.previewUnchanged / seconds.previewEmptyProgram)} ×`,
      `at most ${aims.previewUnchanged} × the empty program`,
    ),
    row(
      `one kubelet edit (${figures.kubeletEditChanges})`,
      humanSeconds(seconds.kubeletEdit),
      atMost(aims.kubeletEdit),
    ),
    row("destroy", humanSeconds(seconds.destroy), atMost(aims.destroy)),
    row("resources", `${figures.resources}`),
    ...Object.entries(figures.remoteSteps).map(([node, count]) =>
      row(`remote steps of ${node}`, `${count}`, `at most ${aims.remoteSteps}`),
    ),
    ...Object.entries(figures.masterUnitsMib).map(([node, rss]) =>
      row(
        `control plane of ${node}, RSS`,
        `${fixed(rss)} MiB`,
        `at most ${aims.masterUnitsMib} MB`,
      ),
    ),
  ];
}

function heading(text: string): string {
  return `\n${text}`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
