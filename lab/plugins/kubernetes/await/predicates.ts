import {
  conditionOf,
  isEqual,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  textAt,
  type KubeObject,
} from "../objects.ts";
import { info, warning, type AwaitedObject, type Awaiter, type StatusLine } from "./awaiter.ts";
import { isCurrent } from "./workloads.ts";

/** What one object alone says about its readiness. */
export interface Finding {
  readonly isReady: boolean;
  readonly status?: readonly StatusLine[];
  /** Why it is not ready yet. */
  readonly problem?: string;
}

/** Waits for one object to be as the predicate wants it. */
export function objectAwaiter(
  { gvk, object }: AwaitedObject,
  predicate: (object: KubeObject) => Finding,
): Awaiter {
  let seen = object;
  return {
    watches: [{ gvk, namespace: namespaceOf(object), name: nameOf(object) }],
    observe: (event) => {
      if (isCurrent(event, object)) seen = event.object;
    },
    assess: () => {
      const { isReady, status = [], problem } = predicate(seen);
      return {
        isReady,
        object: seen,
        status,
        problems: isReady || problem === undefined ? [] : [problem],
      };
    },
  };
}

/** A CRD is ready when its objects can be created. The official provider does not wait, but retries those. */
export function crdFinding(crd: KubeObject): Finding {
  const accepted = conditionOf(crd, "NamesAccepted");
  if (accepted?.["status"] === "False") {
    const problem = `[${textAt(accepted, "reason")}] ${textAt(accepted, "message")}`;
    return { isReady: false, status: [warning(problem)], problem };
  }
  return conditionFinding(crd, "Established");
}

/** An APIService is ready when the server behind it answers. The official provider does not wait. */
export function apiServiceFinding(service: KubeObject): Finding {
  return conditionFinding(service, "Available");
}

function conditionFinding(object: KubeObject, type: string): Finding {
  const condition = conditionOf(object, type);
  if (condition?.["status"] === "True") return { isReady: true };
  const [reason, message] = [textAt(condition, "reason"), textAt(condition, "message")];
  const problem = `${type} is ${textAt(condition, "status") || "not reported yet"}${reason === "" ? "" : `: [${reason}] ${message}`}`;
  return { isReady: false, status: [info(`Waiting for ${problem}`)], problem };
}

/** A PersistentVolume is ready when it can be claimed, or is. */
export function persistentVolumeFinding(volume: KubeObject): Finding {
  const phase = textAt(volume, "status", "phase");
  if (phase === "Available") return { isReady: true, status: [info("✅ PV marked available")] };
  if (phase === "Bound") return { isReady: true, status: [info("✅ PV has been bound")] };
  return { isReady: false, problem: `status.phase is ${phase || "not reported yet"}` };
}

/**
 * A claim is ready when it is bound; one whose volume waits for its first Pod, when it is pending.
 * @param bindsLate - its storage class binds at the first use
 */
export function claimFinding(claim: KubeObject, bindsLate: boolean): Finding {
  const phase = textAt(claim, "status", "phase");
  const isReady = phase === "Bound" || (bindsLate && phase === "Pending");
  return { isReady, problem: `status.phase is ${phase || "not reported yet"}` };
}

/** A ReplicationController is ready when all its replicas are available. */
export function replicationControllerFinding(controller: KubeObject): Finding {
  const wanted = numberAt(controller, "spec", "replicas") ?? 1;
  const available = numberAt(controller, "status", "availableReplicas") ?? 0;
  const problem = `${available} out of ${wanted} replicas are available`;
  return { isReady: available === wanted, problem };
}

/** A ResourceQuota is ready when its controller has taken up the limits. */
export function resourceQuotaFinding(quota: KubeObject): Finding {
  const isReady = isEqual(mapAt(quota, "spec", "hard"), mapAt(quota, "status", "hard"));
  return { isReady, problem: "status.hard is not yet what spec.hard says" };
}

/** A service account token is ready when the controller has filled it in. */
export function tokenSecretFinding(secret: KubeObject): Finding {
  return {
    isReady:
      textAt(secret, "type") !== "kubernetes.io/service-account-token" ||
      Object.keys(mapAt(secret, "data")).length > 0,
    problem: "the token controller has not filled in the token",
  };
}

/** Before Kubernetes 1.24 a ServiceAccount gets a token Secret; it is ready when it has one more than was given. */
export function serviceAccountFinding(written: KubeObject, account: KubeObject): Finding {
  const isReady = listAt(account, "secrets").length > listAt(written, "secrets").length;
  return { isReady, problem: "the controller has not added the token Secret" };
}
