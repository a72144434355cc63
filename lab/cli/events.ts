import { humanSeconds } from "../lib/progress.ts";

/** The operation of one engine step, as far as we tell them apart. */
type Operation = string;

interface StepMetadata {
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  readonly old?: { readonly custom?: boolean } | null;
  readonly new?: { readonly custom?: boolean } | null;
  readonly diffs?: readonly string[];
}

/**
 * One line of `pulumi up --event-log`, as far as we read it.
 * @see sdk/go/common/apitype/events.go of pulumi 3.259
 */
export interface EngineEvent {
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly message: string;
    readonly severity: string;
    readonly ephemeral?: boolean;
  };
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
  readonly summaryEvent?: { readonly resourceChanges?: Readonly<Record<string, number>> };
}

/** A resource the engine worked on, with the times its step began and ended. */
export interface StepTime {
  readonly urn: string;
  readonly op: Operation;
  /** Milliseconds, on the clock the events were given with. */
  readonly startedMs: number;
  readonly endedMs: number;
}

const signs: Readonly<Record<string, string>> = {
  create: "+",
  "create-replacement": "+",
  update: "~",
  delete: "-",
  "delete-replaced": "-",
  discard: "-",
  "discard-replaced": "-",
  read: "?",
  refresh: "?",
  import: "=",
};

/** Last part of a URN: the logical name. */
export function resourceName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** "Droplet" for "digitalocean:index/droplet:Droplet". */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

/** A diagnostic without the engine's colour marks. */
export function plainText(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trimEnd();
}

/** Turns the engine's events into what a reader wants to see: what was made, how long it took, what failed. */
export class UpdateProgress {
  readonly steps: StepTime[] = [];
  /** Whole error texts, each with the resource's name before it. */
  readonly errors: string[] = [];
  /** When the CLI was started and when it ended, on the clock of the steps. */
  readonly span = { startedMs: 0, endedMs: 0 };
  /** Resources by operation, "same" included; known at the end. */
  changes: Readonly<Record<string, number>> = {};
  readonly #running = new Map<string, number>();
  /** What a running resource last said of itself, e.g. how many pods it waits for. */
  readonly #states = new Map<string, string>();
  /** Keys and certificates done since the last line, by sign: too many and too quick for a line each. */
  readonly #keys = new Map<string, number>();
  #done = 0;

  /** Whether it came to its end with nothing to do. */
  get isUnchanged(): boolean {
    const operations = Object.keys(this.changes);
    return operations.length > 0 && operations.every((operation) => operation === "same");
  }

  /**
   * Takes one event.
   * @param nowMs - when it came
   * @returns lines to show, often none
   */
  take(event: EngineEvent, nowMs: number): readonly string[] {
    if (event.resourcePreEvent) this.#begin(event.resourcePreEvent.metadata, nowMs);
    if (event.resOutputsEvent) return this.#end(event.resOutputsEvent.metadata, nowMs);
    if (event.resOpFailedEvent) return this.#fail(event.resOpFailedEvent.metadata, nowMs);
    if (event.diagnosticEvent) return this.#diagnose(event.diagnosticEvent);
    if (event.summaryEvent) {
      this.changes = event.summaryEvent.resourceChanges ?? {};
      return this.#keyLines();
    }
    return [];
  }

  /** How far it is, in one line, e.g. "12 done; master-1-etcd 3 s". */
  note(nowMs: number): string {
    const running = [...this.#running].map(([urn, startedMs]) => {
      const state = this.#states.get(urn);
      const seconds = Math.round((nowMs - startedMs) / 1000);
      return `${resourceName(urn)} ${seconds} s${state === undefined ? "" : ` (${state})`}`;
    });
    const shown = running.slice(0, 4).join(", ");
    const more = running.length > 4 ? ` and ${running.length - 4} more` : "";
    return running.length === 0 ? `${this.#done} done` : `${this.#done} done; ${shown}${more}`;
  }

  /** Counts by operation, e.g. "57 created, 3 updated, 12 unchanged". */
  summary(): string {
    const words: Readonly<Record<string, string>> = {
      create: "created",
      update: "updated",
      delete: "deleted",
      replace: "replaced",
      same: "unchanged",
    };
    const parts = Object.entries(words).flatMap(([op, word]) =>
      this.changes[op] ? [`${this.changes[op]} ${word}`] : [],
    );
    return parts.join(", ") || "nothing to do";
  }

  #begin(step: StepMetadata, nowMs: number): void {
    if (step.op in signs && isReal(step)) this.#running.set(step.urn, nowMs);
  }

  #end(step: StepMetadata, nowMs: number): readonly string[] {
    const seconds = this.#close(step, nowMs);
    if (seconds === null) return [];
    this.#done += 1;
    const sign = signs[step.op] ?? " ";
    if (step.type.startsWith("tls:")) {
      this.#keys.set(sign, (this.#keys.get(sign) ?? 0) + 1);
      return [];
    }
    const because = step.op === "update" && step.diffs?.length ? ` (${step.diffs.join(", ")})` : "";
    return [
      ...this.#keyLines(),
      `${sign} ${resourceName(step.urn)} ${shortType(step.type)}${because} ${humanSeconds(seconds)}`,
    ];
  }

  #keyLines(): readonly string[] {
    const lines = [...this.#keys].map(([sign, count]) =>
      count === 1 ? `${sign} 1 key or certificate` : `${sign} ${count} keys and certificates`,
    );
    this.#keys.clear();
    return lines;
  }

  #fail(step: StepMetadata, nowMs: number): readonly string[] {
    const seconds = this.#close(step, nowMs);
    return [
      `! ${resourceName(step.urn)} ${shortType(step.type)}: ${step.op} failed after ${humanSeconds(seconds ?? 0)}`,
    ];
  }

  #close(step: StepMetadata, nowMs: number): number | null {
    const startedMs = this.#running.get(step.urn);
    if (startedMs === undefined) return null;
    this.#running.delete(step.urn);
    this.#states.delete(step.urn);
    this.steps.push({ urn: step.urn, op: step.op, startedMs, endedMs: nowMs });
    return (nowMs - startedMs) / 1000;
  }

  #diagnose({
    urn,
    message,
    severity,
    ephemeral,
  }: NonNullable<EngineEvent["diagnosticEvent"]>): readonly string[] {
    const text = plainText(message);
    if (text === "" || severity === "debug") return [];
    if (urn && this.#running.has(urn)) this.#states.set(urn, text.split("\n")[0] ?? "");
    if (ephemeral) return [];
    const named = urn ? `${resourceName(urn)}: ${text}` : text;
    if (severity === "error") {
      this.errors.push(named);
      return [];
    }
    return severity === "warning" ? named.split("\n") : [];
  }
}

/** Components and providers are made of nothing; only what a plugin works on is shown. */
function isReal(step: StepMetadata): boolean {
  return (step.new ?? step.old)?.custom === true && !step.type.startsWith("pulumi:");
}
