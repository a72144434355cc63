import type { ReadRequest, ReadResult, ResourceHandler } from "../lib/plugin.ts";
import { checkInputs } from "./check.ts";
import { createResource } from "./create.ts";
import { deleteResource } from "./delete.ts";
import { diffResource } from "./diff-resource.ts";
import type { GroupVersionKind } from "./kinds.ts";
import { readResource } from "./read.ts";
import type { Session } from "./session.ts";
import { deleteVariable, dropping } from "./settle.ts";
import { updateResource } from "./update.ts";

/** The life of every resource of one type; the session is asked for when it is needed. */
export function kubernetesHandler(type: GroupVersionKind, session: () => Session): ResourceHandler {
  return {
    check: (request) => checkInputs(type, request, session()),
    diff: (request) => diffResource(type, request, session()),
    create: (request) => createResource(type, request, session()),
    read: (request) => read(type, request, session()),
    update: (request) => updateResource(type, request, session()),
    delete: (request) => deleteResource(type, request, session()),
  };
}

async function read(
  type: GroupVersionKind,
  request: ReadRequest,
  { cluster, options }: Session,
): Promise<ReadResult | null> {
  if (cluster.isReachable) return readResource(type, request, cluster);
  const text = "configured Kubernetes cluster is unreachable";
  request.log("warning", `${text}: ${cluster.reason}`);
  if (options.deleteUnreachable) {
    request.log("info", `${text} and the \`deleteUnreachable\` option is enabled. ${dropping}`);
    return null;
  }
  if (options.skipUpdateUnreachable) {
    request.log(
      "info",
      `${text} and the \`skipUnreachable\` option is enabled. ` +
        "Returned data could not reflect the actual cluster configuration.",
    );
    return { id: request.id, state: request.state, inputs: request.inputs };
  }
  throw new Error(
    "failed to read resource state due to unreachable cluster. If the cluster was deleted, " +
      `you can remove this resource from Pulumi state by rerunning the operation with the ${deleteVariable}`,
  );
}
