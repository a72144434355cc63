import { formatPath, type Path } from "./paths.ts";
import type { CheckFailure } from "./plugin.ts";
import { Unknown, type PropertyValue } from "./values.ts";

/** How a provider framework words what is wrong with an input. */
export interface Words {
  unknown(path: Path): CheckFailure;
  missing(path: Path): CheckFailure;
  /** `expected` is a schema type: string, number, boolean, array or object. */
  wrongType(path: Path, expected: string, got: PropertyValue): CheckFailure;
}

/**
 * The texts of the Terraform bridge, for tls, digitalocean and linode. A value is never shown: it may be secret.
 * @see https://github.com/pulumi/pulumi-terraform-bridge/blob/v3.135.0/pkg/tfbridge/typechecker/typechecker.go
 */
export const bridgeWords: Words = {
  unknown: (path) => ({
    property: formatPath(path),
    reason: `an unexpected argument ${JSON.stringify(formatPath(path))} was provided`,
  }),
  missing: (path) => ({
    property: "",
    reason: `Missing required property '${formatPath(path)}'`,
  }),
  wrongType: (path, expected, got) => ({
    property: formatPath(path),
    reason: `expected ${expected} type, got a value of type ${kindOf(got)}`,
  }),
};

/**
 * The texts of pulumi-go-provider's infer, for command.
 * @param goType - the Go type of the resource's arguments, e.g. "remote.CommandInputs"
 * @see https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/util/mapper/errors.go
 */
export function inferWords(goType: string): Words {
  return {
    unknown: (path) => ({
      property: formatPath(path),
      reason: `Unrecognized field '${formatPath(path)}' on '${goType}'`,
    }),
    missing: (path) => ({
      property: formatPath(path),
      reason: `Missing required field '${formatPath(path)}' on '${goType}'`,
    }),
    wrongType: (path, expected, got) => ({
      property: formatPath(path),
      reason: `Field '${formatPath(path)}' on '${goType}' must be a '${expected}'; got '${kindOf(got)}' instead`,
    }),
  };
}

function kindOf(value: PropertyValue): string {
  if (value === Unknown) return "unknown";
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}
