import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import {
  type ParallelPhases,
  type Phase,
  type PhaseContext,
  PhaseError,
  type PhaseTime,
  type Report,
} from "./phase.ts";
import { humanSeconds } from "./human-seconds.ts";
import { plainProgress, type World } from "./plain-progress.ts";
import { logLine } from "./run-log.ts";

export type * from "./phase.ts";
export { humanSeconds } from "./human-seconds.ts";

export interface ProgressOptions {
  /** Lines kept below a running phase on a terminal. @default 6 */
  readonly liveLines?: number;
  /** Show nothing. @default false */
  readonly silent?: boolean;
}

/**
 * Runs phases one after the other, and shows them: a live list on a terminal, plain lines with times otherwise. All that
 * they say goes to the run's log. The first one that fails ends the run.
 * @returns how long each took, phases that ran side by side included
 * @throws PhaseError with what the failed phase threw
 */
export async function runPhases(
  phases: readonly (Phase | ParallelPhases)[],
  { liveLines = 6, silent = false }: ProgressOptions = {},
): Promise<readonly PhaseTime[]> {
  const spans: Span[] = [];
  const run: RunPhase = async (phase, group, context) => {
    const startedMs = performance.now();
    const taken = (): string => humanSeconds((performance.now() - startedMs) / 1000);
    try {
      await phase.run(logged(phase.title, context));
      logLine(`${phase.title}: done (${taken()})`);
    } catch (error) {
      const failure = new PhaseError(phase.title, taken(), error);
      logLine(failure.message);
      throw failure;
    } finally {
      spans.push({ title: phase.title, group, startedMs, endedMs: performance.now() });
    }
  };
  if (process.stdout.isTTY && !silent) await liveProgress(phases, run, liveLines);
  else await plainProgress(phases, run, silent ? silentWorld : undefined);
  return phases.flatMap((phase) => timesOf(phase.title, spans));
}

type RunPhase = (phase: Phase, group: string | null, context: PhaseContext) => Promise<void>;

const silentWorld: World = {
  print: () => undefined,
  nowMs: () => Date.now(),
  every: () => () => undefined,
};

function logged(title: string, { report, say, note }: PhaseContext): PhaseContext {
  const noted = (show: Report): Report => {
    return (line) => {
      logLine(`${title}: ${line}`);
      show(line);
    };
  };
  logLine(`${title} ...`);
  return { report: noted(report), say: noted(say), note };
}

/** A list on the terminal that is drawn again as things happen. */
async function liveProgress(
  phases: readonly (Phase | ParallelPhases)[],
  run: RunPhase,
  liveLines: number,
): Promise<void> {
  const failures: unknown[] = [];
  const task = (phase: Phase, group: string | null): ListrTask => ({
    title: phase.title,
    rendererOptions: { outputBar: liveLines },
    task: async (_, wrapper) => {
      const report = (line: string): void => {
        wrapper.output = line;
      };
      const note = (text: string): void => {
        wrapper.title = text === "" ? phase.title : `${phase.title}: ${text}`;
      };
      await run(phase, group, { report, say: report, note }).catch((error: unknown) => {
        failures.push(error);
        throw new Error("failed"); // the list says only that; the caller shows the error whole
      });
    },
  });
  const group = ({ title, parallel }: ParallelPhases): ListrTask => ({
    title,
    task: (_, wrapper) =>
      wrapper.newListr(
        parallel.map((phase) => task(phase, title)),
        { concurrent: true, exitOnError: true },
      ),
  });
  const timer = { ...PRESET_TIMER, field: (ms: number) => humanSeconds(ms / 1000) };
  const list = new Listr(
    phases.map((phase) => ("parallel" in phase ? group(phase) : task(phase, null))),
    {
      registerSignalListeners: false,
      rendererOptions: {
        timer,
        collapseErrors: false,
        showErrorMessage: false,
        collapseSubtasks: false,
      },
    },
  );
  try {
    await list.run();
  } catch (error) {
    throw failures[0] ?? error;
  }
}

/** When a phase ran; `group` is the title of those it ran beside. */
interface Span {
  readonly title: string;
  readonly group: string | null;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** The time of a phase; of a group, its own and then its members'. */
function timesOf(title: string, spans: readonly Span[]): readonly PhaseTime[] {
  const own = spans.filter((span) => span.group === null && span.title === title);
  const members = spans.filter((span) => span.group === title);
  const all = [...own, ...members];
  const startedMs = Math.min(...all.map((span) => span.startedMs));
  const endedMs = Math.max(...all.map((span) => span.endedMs));
  return [
    { title, seconds: (endedMs - startedMs) / 1000, parallel: false },
    ...members.map((span) => ({
      title: span.title,
      seconds: (span.endedMs - span.startedMs) / 1000,
      parallel: true,
    })),
  ];
}
