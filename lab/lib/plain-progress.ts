import { humanSeconds } from "./human-seconds.ts";
import type { ParallelPhases, Phase, PhaseContext } from "./phase.ts";

/** What plain progress needs of the world; tests have another. */
export interface World {
  readonly print: (line: string) => void;
  readonly nowMs: () => number;
  /** Calls back at an interval, until the returned function is called. */
  readonly every: (milliseconds: number, callback: () => void) => () => void;
}

/** Longest time in which a step says nothing, in milliseconds. */
const quietMs = 15_000;

const realWorld: World = {
  print: (line) => {
    console.log(line);
  },
  nowMs: () => Date.now(),
  every: (milliseconds, callback) => {
    const timer = setInterval(callback, milliseconds);
    return () => {
      clearInterval(timer);
    };
  },
};

/**
 * Runs phases where nobody watches a terminal: one line when each begins and one when it ends, and a sign of life every 15 s
 * in between.
 * @param run - runs one phase; what it rejects with is what this rejects with, once all beside it have ended
 */
export async function plainProgress(
  phases: readonly (Phase | ParallelPhases)[],
  run: (phase: Phase, group: string | null, context: PhaseContext) => Promise<void>,
  world: World = realWorld,
): Promise<void> {
  for (const phase of phases) {
    const beside = "parallel" in phase ? phase.parallel : [phase];
    const group = "parallel" in phase ? phase.title : null;
    const ends = await Promise.allSettled(
      beside.map((one) => shown(one, (context) => run(one, group, context), world)),
    );
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

async function shown(
  { title }: Phase,
  work: (context: PhaseContext) => Promise<void>,
  { print, nowMs, every }: World,
): Promise<void> {
  const startedMs = nowMs();
  const state = { note: "", line: "" };
  const say = (text: string): void => {
    print(`${clockTime(nowMs())} ${title}${text}`);
  };
  const taken = (): string => humanSeconds((nowMs() - startedMs) / 1000);
  say(" ...");
  const stop = every(quietMs, () => {
    const doing = cut(state.note || state.line);
    say(`: ${doing === "" ? "at work" : doing} (${taken()} so far)`);
  });
  try {
    await work({
      report: (line) => (state.line = line),
      note: (text) => (state.note = text),
      say: (line) => {
        say(`: ${line}`);
      },
    });
    say(`: ${state.note || "done"} (${taken()})`);
  } catch (error) {
    say(`: FAILED (${taken()})`);
    throw error;
  } finally {
    stop();
  }
}

/** What fits into a line or two; the log has the whole. */
function cut(text: string): string {
  return text.length <= 140 ? text : `${text.slice(0, 139)}…`;
}

/** Time of day in UTC, as in the log. */
function clockTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
