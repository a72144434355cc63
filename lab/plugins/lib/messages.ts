import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { createRequire } from "node:module";
import type * as AnyPb from "google-protobuf/google/protobuf/any_pb.js";
import { parsePath, formatPath, type Path } from "./paths.ts";
import {
  InitializationFailed,
  type ChangeKind,
  type CheckFailure,
  type CheckResult,
  type DiffResult,
} from "./plugin.ts";
import { providerPb, statusPb, type Provider } from "./proto.ts";
import { markSecrets, visiblePath } from "./secrets.ts";
import { encode } from "./values.ts";

const anyPb = createRequire(import.meta.url)(
  "google-protobuf/google/protobuf/any_pb.js",
) as typeof AnyPb;

const kinds: Readonly<Record<ChangeKind, Provider.PropertyDiff.Kind>> = {
  add: providerPb.PropertyDiff.Kind.ADD,
  "add-replace": providerPb.PropertyDiff.Kind.ADD_REPLACE,
  delete: providerPb.PropertyDiff.Kind.DELETE,
  "delete-replace": providerPb.PropertyDiff.Kind.DELETE_REPLACE,
  update: providerPb.PropertyDiff.Kind.UPDATE,
  "update-replace": providerPb.PropertyDiff.Kind.UPDATE_REPLACE,
};

export function checkResponse(
  result: CheckResult,
  secrets: readonly Path[],
): Provider.CheckResponse {
  const response = new providerPb.CheckResponse();
  response.setInputs(encode(markSecrets(result.inputs, secrets)));
  response.setFailuresList((result.failures ?? []).map(checkFailure));
  return response;
}

export function checkFailure({ property, reason }: CheckFailure): Provider.CheckFailure {
  const failure = new providerPb.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

export function diffResponse(result: DiffResult, secrets: readonly Path[]): Provider.DiffResponse {
  const response = new providerPb.DiffResponse();
  const changes = Object.entries(result.changes).map(([path, change]) => ({
    path: visiblePath(parsePath(path), secrets),
    ...change,
  }));
  // Replacing kinds last: several changes inside one secret meet at one path, and a replacement must win.
  const ordered = changes.toSorted((a, b) => Number(replaces(a.kind)) - Number(replaces(b.kind)));
  for (const { path, kind, inputDiff } of ordered) {
    const isInside = !Object.hasOwn(result.changes, formatPath(path));
    const diff = new providerPb.PropertyDiff();
    diff.setKind(kinds[isInside ? insideSecret(kind) : kind]);
    diff.setInputdiff(inputDiff === true);
    response.getDetaileddiffMap().set(formatPath(path), diff);
  }
  const roots = (of: typeof changes) => [...new Set(of.map(({ path }) => String(path[0] ?? "")))];
  response.setChanges(
    changes.length === 0
      ? providerPb.DiffResponse.DiffChanges.DIFF_NONE
      : providerPb.DiffResponse.DiffChanges.DIFF_SOME,
  );
  response.setDiffsList(roots(changes));
  response.setReplacesList(roots(changes.filter(({ kind }) => replaces(kind))));
  response.setHasdetaileddiff(true);
  response.setDeletebeforereplace(result.deleteBeforeReplace === true);
  return response;
}

function replaces(kind: ChangeKind): boolean {
  return kind.endsWith("-replace");
}

/** A member that came or went inside a secret is a change of the secret. */
function insideSecret(kind: ChangeKind): ChangeKind {
  return replaces(kind) ? "update-replace" : "update";
}

/** An error as gRPC carries it; with the partial state when the resource exists all the same. */
export function grpcError(error: unknown, secrets: readonly Path[]): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof InitializationFailed)) return { code: status.UNKNOWN, details: message };
  const detail = new providerPb.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(encode(markSecrets(error.state, secrets)));
  detail.setReasonsList([...error.reasons]);
  if (error.inputs !== undefined) detail.setInputs(encode(markSecrets(error.inputs, secrets)));
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const full = new statusPb.Status();
  full.setCode(status.UNKNOWN);
  full.setMessage(message);
  full.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(full.serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}
