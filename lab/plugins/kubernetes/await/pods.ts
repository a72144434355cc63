import { isMap, type PropertyMap, type PropertyValue } from "../../lib/values.ts";
import {
  conditionOf,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  textAt,
  valueAt,
  type KubeObject,
} from "../objects.ts";
import { info, warning, type StatusLine } from "./awaiter.ts";

/** How far a Pod has come. */
export interface PodReport {
  readonly isReady: boolean;
  /** The step it is at, for the status line. */
  readonly step: string;
  /** Why it does not go on; undefined when it says nothing. */
  readonly problem: string | undefined;
}

/** Follows a Pod from being scheduled, through its init containers, to being ready (or having succeeded). */
export function reportPod(pod: KubeObject): PodReport {
  const name = displayName(pod);
  const at = (step: string, problem?: string): PodReport => ({
    isReady: false,
    step: `Waiting for Pod ${JSON.stringify(name)} to be ${step}`,
    problem: problem === undefined || problem === "" ? undefined : `[Pod ${name}]: ${problem}`,
  });
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.["status"] !== "True") return at("scheduled", conditionText(scheduled));

  const initialized = conditionOf(pod, "Initialized");
  if (initialized?.["status"] !== "True") {
    const states = [
      ...listAt(pod, "status", "initContainerStatuses"),
      ...listAt(pod, "status", "containerStatuses"),
    ];
    return at("initialized", join(conditionText(initialized), states));
  }

  const ready = conditionOf(pod, "Ready");
  if (ready?.["status"] === "True" || textAt(pod, "status", "phase") === "Succeeded") {
    return { isReady: true, step: "", problem: undefined };
  }
  return at("ready", join(conditionText(ready), listAt(pod, "status", "containerStatuses")));
}

/** What is wrong with Pods that are not ready. */
export function podProblems(pods: readonly KubeObject[]): readonly string[] {
  return pods.map((pod) => reportPod(pod).problem).filter((problem) => problem !== undefined);
}

/** The same for the status line. */
export function podWarnings(pods: readonly KubeObject[]): readonly StatusLine[] {
  return podProblems(pods).map(warning);
}

/** The steps of a single Pod for the status line. */
export function podSteps(pod: KubeObject): readonly StatusLine[] {
  const { step, problem } = reportPod(pod);
  return [
    ...(step === "" ? [] : [info(step)]),
    ...(problem === undefined ? [] : [warning(problem)]),
  ];
}

/** Selector text of a workload's `spec.selector`, for lists and watches. */
export function labelSelectorOf(workload: KubeObject): string {
  const matchLabels = mapAt(workload, "spec", "selector", "matchLabels");
  const labels = Object.keys(matchLabels).map((key) => `${key}=${textAt(matchLabels, key)}`);
  const expressions = listAt(workload, "spec", "selector", "matchExpressions")
    .filter(isMap)
    .map(expressionText);
  return [...labels, ...expressions].join(",");
}

function expressionText(expression: PropertyMap): string {
  const key = textAt(expression, "key");
  const values = listAt(expression, "values")
    .filter((value) => typeof value === "string")
    .join(",");
  const operators: Readonly<Record<string, string>> = {
    In: `${key} in (${values})`,
    NotIn: `${key} notin (${values})`,
    Exists: key,
    DoesNotExist: `!${key}`,
  };
  return operators[textAt(expression, "operator")] ?? key;
}

/** Name, with the namespace unless it is the default one. */
export function displayName(object: KubeObject): string {
  const namespace = namespaceOf(object);
  return namespace === "" || namespace === "default"
    ? nameOf(object)
    : `${namespace}/${nameOf(object)}`;
}

function conditionText(condition: PropertyMap | undefined): string {
  return textAt(condition, "reason") === "" ? "" : textAt(condition, "message");
}

function join(text: string, statuses: readonly PropertyValue[]): string {
  const errors = statuses
    .filter((status) => valueAt(status, "ready") !== true)
    .flatMap(containerErrors);
  return [text, ...errors].filter((part) => part !== "").join("\n");
}

function containerErrors(status: PropertyValue): readonly string[] {
  const name = textAt(status, "name");
  const waiting = mapAt(status, "state", "waiting");
  const terminated = mapAt(status, "state", "terminated");
  const last = mapAt(status, "lastState", "terminated");
  const reason = textAt(waiting, "reason");
  const isStarting =
    reason === "" || reason === "ContainerCreating" || reason === "PodInitializing";
  return [
    isStarting ? "" : `[${reason}] ${trimmed(textAt(waiting, "message"))}`,
    textAt(terminated, "reason") === "" || numberAt(terminated, "exitCode") === 0
      ? ""
      : terminationText(name, terminated),
    Object.keys(last).length === 0
      ? ""
      : `container ${JSON.stringify(name)} terminated at ${textAt(last, "finishedAt")} ` +
        `(${textAt(last, "reason")}: exit code ${numberAt(last, "exitCode") ?? 0})`,
    textAt(last, "message"),
  ].filter((text) => text !== "");
}

function terminationText(name: string, terminated: PropertyMap): string {
  const message = textAt(terminated, "message");
  return message === ""
    ? `container ${JSON.stringify(name)} completed with exit code ${numberAt(terminated, "exitCode") ?? 0}`
    : `[${textAt(terminated, "reason")}] ${trimmed(message)}`;
}

function trimmed(message: string): string {
  return message
    .replace("rpc error: code = Unknown desc = Error response from daemon: ", "")
    .replace(/: manifest unknown$/, "");
}
