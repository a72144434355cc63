import { Listr, type ListrTask, PRESET_TIMER, PRESET_TIMESTAMP } from "listr2";

/** Says one line about what is being done right now. */
export type Report = (line: string) => void;

export interface PhaseContext {
  readonly report: Report;
  /** Replaces what stands beside the title, e.g. "57 done"; shown live on a terminal, else at the end. */
  readonly note: (text: string) => void;
}

/** A piece of work whose time is worth knowing. */
export interface Phase {
  readonly title: string;
  readonly run: (context: PhaseContext) => Promise<void>;
}

/** Phases that run side by side. */
export interface ParallelPhases {
  readonly title: string;
  readonly parallel: readonly Phase[];
}

export interface PhaseTime {
  readonly title: string;
  readonly seconds: number;
  /** It ran beside others; their group has an entry of its own. */
  readonly parallel: boolean;
}

export interface ProgressOptions {
  /** Lines kept below a running phase on a terminal. @default 6 */
  readonly liveLines?: number;
  /** Show nothing. @default false */
  readonly silent?: boolean;
}

/** Seconds as people say them: "0.4 s", "12 s", "3 min 5 s". */
export function humanSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Runs phases one after the other, and shows them: a live list on a terminal, plain lines with times
 * otherwise. The first one that fails ends the run.
 * @returns how long each took, phases that ran side by side included
 * @throws whatever the failed phase threw
 */
export async function runPhases(
  phases: readonly (Phase | ParallelPhases)[],
  { liveLines = 6, silent = false }: ProgressOptions = {},
): Promise<readonly PhaseTime[]> {
  const spans: Span[] = [];
  const failures: unknown[] = [];
  const live = process.stdout.isTTY;

  const task = (phase: Phase, group: string | null): ListrTask => ({
    title: phase.title,
    rendererOptions: { outputBar: liveLines },
    task: async (_, wrapper) => {
      const prefix = live || group === null ? "" : `${phase.title}: `;
      const startedMs = performance.now();
      try {
        await phase.run({
          report: (line) => (wrapper.output = `${prefix}${line}`),
          note: (text) => (wrapper.title = text === "" ? phase.title : `${phase.title}: ${text}`),
        });
      } catch (error) {
        failures.push(error);
        throw new Error("failed"); // the list says only that; the caller shows the error whole
      } finally {
        spans.push({ title: phase.title, group, startedMs, endedMs: performance.now() });
      }
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
      silentRendererCondition: silent,
      rendererOptions: {
        timer,
        collapseErrors: false,
        showErrorMessage: false,
        collapseSubtasks: false,
      },
      fallbackRenderer: "simple",
      fallbackRendererOptions: { timer, timestamp: PRESET_TIMESTAMP },
    },
  );
  try {
    await list.run();
  } catch (error) {
    throw failures[0] ?? error;
  }
  return phases.flatMap((phase) => timesOf(phase.title, spans));
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
