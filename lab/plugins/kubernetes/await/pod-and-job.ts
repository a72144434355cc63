import {
  conditionOf,
  isOwnedBy,
  nameOf,
  namespaceOf,
  numberAt,
  textAt,
  type KubeObject,
} from "../objects.ts";
import { info, ObjectSet, type Assessment, type AwaitedObject, type Awaiter } from "./awaiter.ts";
import { displayName, podProblems, podSteps, podWarnings, reportPod } from "./pods.ts";
import { isCurrent } from "./workloads.ts";

/** A Pod is ready when its Ready condition says so, or when it has succeeded. */
export function podAwaiter({ gvk, object }: AwaitedObject): Awaiter {
  let pod = object;
  return {
    watches: [{ gvk, namespace: namespaceOf(object), name: nameOf(object) }],
    observe: (event) => {
      if (isCurrent(event, object)) pod = event.object;
    },
    assess: () => ({
      isReady: reportPod(pod).isReady,
      object: pod,
      status: podSteps(pod),
      problems: podProblems([pod]),
    }),
  };
}

/** A Job is ready when it is complete; it fails at once when it has used up its tries or its time. */
export function jobAwaiter({ gvk, object }: AwaitedObject): Awaiter {
  const namespace = namespaceOf(object);
  const pods = new ObjectSet();
  let job = object;
  const assess = (): Assessment => {
    const isReady = conditionOf(job, "Complete")?.["status"] === "True";
    const failed = conditionOf(job, "Failed");
    const ours = pods.all().filter((pod) => isOwnedBy(pod, object));
    const problems = podProblems(ours);
    const reason = `[${textAt(failed, "reason")}] ${textAt(failed, "message")}`;
    return {
      isReady,
      object: job,
      status: isReady ? [] : [info(jobStep(job)), ...podWarnings(ours).filter(isNoRoutine)],
      problems: [jobStep(job), ...problems],
      ...(failed?.["status"] === "True" ? { failure: [reason, ...problems] } : {}),
    };
  };
  return {
    watches: [
      { gvk, namespace, name: nameOf(object) },
      {
        gvk: { group: "", version: "v1", kind: "Pod" },
        namespace,
        labelSelector: `batch.kubernetes.io/job-name=${nameOf(object)}`,
      },
    ],
    observe: (event) => {
      if (event.kind === "Pod") pods.observe(nameOf(event.object), event);
      else if (isCurrent(event, object)) job = event.object;
    },
    assess,
  };
}

/** A running Pod of a Job is never "ready"; that is worth no warning. */
function isNoRoutine({ message }: { readonly message: string }): boolean {
  return !message.includes("containers with unready status");
}

function jobStep(job: KubeObject): string {
  const name = JSON.stringify(displayName(job));
  if (textAt(job, "status", "startTime") === "") return `Waiting for Job ${name} to start`;
  const count = (key: string): number => numberAt(job, "status", key) ?? 0;
  return (
    `Waiting for Job ${name} to succeed ` +
    `(Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`
  );
}
