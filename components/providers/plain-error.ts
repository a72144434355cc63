import * as pulumi from "@pulumi/pulumi";

/**
 * An error for people, whose text stays as it is. It surfaces wherever the value is used that was not to be had, and Pulumi would
 * put every such place before it.
 */
export function plainError(message: string): Error {
  const error = new pulumi.RunError(message);
  return Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
}
