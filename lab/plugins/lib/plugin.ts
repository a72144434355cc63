import type { Path } from "./paths.ts";
import type { PropertyTable } from "./schema-table.ts";
import type { OutgoingMap, PropertyMap } from "./values.ts";

/** A resource provider, as `servePlugin` serves it to the engine. */
export interface Plugin {
  /** As in the type tokens, e.g. "tls". */
  readonly name: string;
  /** Version of the official provider it stands for, without "v". */
  readonly version: string;
  /**
   * The provider's own arguments. With it, and without `checkConfig`/`diffConfig`, they are checked and compared
   * by the table; without it, any argument is refused.
   */
  readonly config?: PropertyTable;
  checkConfig?(request: CheckRequest): Awaitable<CheckResult>;
  /** A "replace" kind here replaces the provider, and with it all its resources. */
  diffConfig?(request: DiffRequest): Awaitable<DiffResult>;
  /** Called once, before any resource is touched, and never with unknown values. */
  configure?(config: PropertyMap, context: RequestContext): Awaitable<void>;
  /** By type token, e.g. "command:remote:Command". Other tokens are refused by name. */
  readonly resources: Readonly<Record<string, ResourceHandler>>;
  /** By function token, e.g. "tls:index/getPublicKey:getPublicKey". */
  readonly functions?: Readonly<Record<string, FunctionHandler>>;
}

/**
 * The life of one resource type.
 *
 * Values come in plain, with `Unknown` where a preview does not know; the places of secrets come beside them. What
 * was secret in the inputs is secret again, at the same place, in whatever `check`, `create`, `read` and `update`
 * give back; mark more with `secret(value)`. Thrown errors reach the user with their message.
 */
export interface ResourceHandler {
  check(request: CheckRequest): Awaitable<CheckResult>;
  diff(request: DiffRequest): Awaitable<DiffResult>;
  create(request: CreateRequest): Awaitable<CreateResult>;
  /** @default - what is in the state is given back */
  read?(request: ReadRequest): Awaitable<ReadResult | null>;
  /** @default - an error: every difference must be a replacement */
  update?(request: UpdateRequest): Awaitable<UpdateResult>;
  /** @default - nothing to do */
  delete?(request: DeleteRequest): Awaitable<void>;
}

export type FunctionHandler = (
  args: PropertyMap,
  context: RequestContext,
) => Awaitable<OutgoingMap>;

export type Awaitable<T> = T | Promise<T>;

/** What every request brings along. */
export interface RequestContext {
  /** "" where there is no resource. */
  readonly urn: string;
  /** Type token. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Fires when the user cancels, or when the engine is gone. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Writes to the engine's log, against the resource of the request. */
export type Log = (severity: LogSeverity, message: string, options?: LogOptions) => void;
export type LogSeverity = "debug" | "info" | "warning" | "error";
export interface LogOptions {
  /** Shown only while the resource is being worked on. */
  readonly ephemeral?: boolean;
}

export interface CheckRequest extends RequestContext {
  /** Inputs as checked last time; empty for a new resource. */
  readonly olds: PropertyMap;
  readonly news: PropertyMap;
  /** Where `news` holds secrets. */
  readonly secrets: readonly Path[];
  /** Bytes that stay the same for one resource in one operation, for random names. */
  readonly randomSeed: Uint8Array;
}

export interface CheckResult {
  /** The inputs to go on with: defaults filled in. */
  readonly inputs: OutgoingMap;
  readonly failures?: readonly CheckFailure[];
}

export interface CheckFailure {
  /** Path of the property, as `formatPath` writes it; "" for none in particular. */
  readonly property: string;
  readonly reason: string;
}

export interface DiffRequest extends RequestContext {
  readonly id: string;
  readonly state: PropertyMap;
  readonly oldInputs: PropertyMap;
  /** Ignored changes are already put back to their old value by the engine. */
  readonly news: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

export interface DiffResult {
  /** By property path, as `formatPath` writes it. Empty: nothing changed. */
  readonly changes: Readonly<Record<string, PropertyChange>>;
  /** @default false */
  readonly deleteBeforeReplace?: boolean;
}

export interface PropertyChange {
  readonly kind: ChangeKind;
  /** The change is between old and new inputs, not between state and inputs. @default false */
  readonly inputDiff?: boolean;
}
export type ChangeKind =
  "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface CreateRequest extends RequestContext {
  readonly inputs: PropertyMap;
  /** Where `inputs` holds secrets. */
  readonly secrets: readonly Path[];
  /** True: change nothing, and give the state as far as it can be known. */
  readonly preview: boolean;
  /** 0: none given. */
  readonly timeoutSeconds: number;
}

export interface CreateResult {
  /** May be "" in a preview only. */
  readonly id: string;
  readonly state: OutgoingMap;
}

export interface ReadRequest extends RequestContext {
  readonly id: string;
  readonly state: PropertyMap;
  /** Empty when the resource is being imported. */
  readonly inputs: PropertyMap;
}

/** `null` in its place says that the resource is gone. */
export interface ReadResult {
  readonly id: string;
  readonly state: OutgoingMap;
  readonly inputs: OutgoingMap;
}

export interface UpdateRequest extends RequestContext {
  readonly id: string;
  readonly state: PropertyMap;
  readonly oldInputs: PropertyMap;
  readonly inputs: PropertyMap;
  /** Where `inputs` holds secrets. */
  readonly secrets: readonly Path[];
  readonly ignoreChanges: readonly string[];
  readonly preview: boolean;
  readonly timeoutSeconds: number;
}

export interface UpdateResult {
  readonly state: OutgoingMap;
}

export interface DeleteRequest extends RequestContext {
  readonly id: string;
  readonly state: PropertyMap;
  readonly inputs: PropertyMap;
  readonly timeoutSeconds: number;
}

/**
 * The resource exists, but did not become what it should: the engine records it and fails the operation.
 * Thrown by `create`, `update` or `read`.
 */
export class InitializationFailed extends Error {
  readonly id: string;
  readonly state: OutgoingMap;
  /** One line for each thing that is not as it should be. */
  readonly reasons: readonly string[];
  /** Of a `read` only. */
  readonly inputs: OutgoingMap | undefined;

  constructor(
    id: string,
    state: OutgoingMap,
    message: string,
    reasons: readonly string[],
    inputs?: OutgoingMap,
  ) {
    super(message);
    this.inputs = inputs;
    this.name = "InitializationFailed";
    this.id = id;
    this.state = state;
    this.reasons = reasons;
  }
}
