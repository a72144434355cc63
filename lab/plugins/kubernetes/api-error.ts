import { isMap, type PropertyValue } from "../lib/values.ts";
import { kindText, type GroupVersionKind } from "./kinds.ts";
import { listAt, numberAt, textAt } from "./objects.ts";

/** An error that the API server answered with, as its Status object says. */
export class ApiError extends Error {
  readonly status: number;
  /** Such as "AlreadyExists"; "" when the answer was no Status object. */
  readonly reason: string;
  /** What the error is about, such as "namespaces"; "" when it does not say. */
  readonly about: string;
  /** Field and reason of each cause, such as `FieldValueRequired`. */
  readonly causes: readonly { readonly reason: string; readonly field: string }[];
  /** Seconds after which to try again; undefined when the server does not ask for that. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: string, retryAfter?: number) {
    const answer = parseStatus(body);
    const message = textAt(answer, "message");
    super(message === "" ? plainMessage(status, body) : message);
    this.name = "ApiError";
    this.status = status;
    this.reason = textAt(answer, "reason");
    this.about = textAt(answer, "details", "kind");
    this.causes = listAt(answer, "details", "causes").map((cause) => ({
      reason: textAt(cause, "reason"),
      field: textAt(cause, "field"),
    }));
    this.retryAfter = retryAfter ?? numberAt(answer, "details", "retryAfterSeconds");
  }
}

/** The API server does not know the kind: most often its CRD is not there. */
export class NoMatchError extends Error {
  constructor(gvk: GroupVersionKind) {
    const version = gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
    super(`no matches for kind ${JSON.stringify(gvk.kind)} in version ${JSON.stringify(version)}`);
    this.name = "NoMatchError";
  }
}

/** It cannot be told whether a kind lives in a namespace: no such kind is known yet. */
export class NoScopeError extends Error {
  constructor(gvk: GroupVersionKind) {
    super(`failed to determine if the following GVK is namespaced: ${kindText(gvk)}`);
    this.name = "NoScopeError";
  }
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404;
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 409 && error.reason === "AlreadyExists";
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 409 && error.reason === "Conflict";
export const isForbidden = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 403;
export const isInvalid = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 422;
export const isNamespaceMissing = (error: unknown): boolean =>
  isNotFound(error) && error instanceof ApiError && error.about === "namespaces";
/** A webhook on the way has side effects, and refuses dry runs. */
export const isDryRunRefused = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 400 &&
  error.message.includes("does not support dry run");

function parseStatus(body: string): PropertyValue {
  try {
    const parsed = JSON.parse(body) as PropertyValue;
    return isMap(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function plainMessage(status: number, body: string): string {
  if (status === 401) {
    return "the server has asked for the client to provide credentials";
  }
  if (status === 404) return "the server could not find the requested resource";
  const text = body.trim().slice(0, 200);
  return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding, status ${status}`;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
