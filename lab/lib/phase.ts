/** Says one line about what is being done right now. */
export type Report = (line: string) => void;

export interface PhaseContext {
  /** A detail: shown while it is news on a terminal, and always in the log. */
  readonly report: Report;
  /** What everybody should read, e.g. a warning. */
  readonly say: Report;
  /** Replaces what stands beside the title, e.g. "57 done"; shown live on a terminal, else now and then and at the end. */
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

/** A phase failed: the message begins with which one, and ends with what its tool said. */
export class PhaseError extends Error {
  override readonly name = "PhaseError";

  constructor(title: string, taken: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${title}: failed after ${taken}\n${why}`, { cause });
  }
}
