import type { CheckFailure } from "../lib/plugin.ts";
import { isList, type PropertyMap, type PropertyValue } from "../lib/values.ts";
import { allowedUses } from "./uses.ts";

/**
 * What the official provider's validators refuse, in their words.
 * @param resource - logical name, which the bridge adds to each text
 * @see https://github.com/hashicorp/terraform-plugin-framework-validators
 */
export function validate(resource: string, inputs: PropertyMap): CheckFailure[] {
  const items = (name: string, check: (value: PropertyValue, at: Place) => Problem): Problem[] => {
    const list = inputs[name];
    return isList(list) ? list.map((item, index) => check(item, place(name, `[${index}]`))) : [];
  };
  const problems = [
    oneOf(["RSA", "ECDSA", "ED25519"])(inputs["algorithm"], place("algorithm")),
    oneOf(["P224", "P256", "P384", "P521"])(inputs["ecdsaCurve"], place("ecdsaCurve")),
    atLeast(0)(inputs["validityPeriodHours"], place("validityPeriodHours")),
    atLeast(0)(inputs["earlyRenewalHours"], place("earlyRenewalHours")),
    atLeast(-1)(inputs["maxPathLength"], place("maxPathLength")),
    ...items("allowedUses", oneOf(allowedUses)),
    ...items("ipAddresses", notEmpty),
    ...items("uris", notEmpty),
  ];
  return problems
    .filter((problem) => problem !== null)
    .map(({ text, at }) => ({
      property: "",
      reason: `${text}. Examine values at '${resource}.${at.pulumi}'.`,
    }));
}

type Problem = { readonly text: string; readonly at: Place } | null;
/** The same property under the names of Pulumi and of Terraform. */
interface Place {
  readonly pulumi: string;
  readonly terraform: string;
}

function place(name: string, index = ""): Place {
  const terraform = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { pulumi: name + index, terraform: terraform + index };
}

function oneOf(values: readonly string[]) {
  const list = values.map((value) => JSON.stringify(value)).join(" ");
  return (value: PropertyValue | undefined, at: Place): Problem => {
    if (typeof value !== "string" || values.includes(value)) return null;
    const text = `Invalid Attribute Value Match. Attribute ${at.terraform} value must be one of: [${list}], got: ${JSON.stringify(value)}`;
    return { text, at };
  };
}

function atLeast(least: number) {
  return (value: PropertyValue | undefined, at: Place): Problem => {
    if (typeof value !== "number" || value >= least) return null;
    const text = `Invalid Attribute Value. Attribute ${at.terraform} value must be at least ${least}, got: ${value}`;
    return { text, at };
  };
}

function notEmpty(value: PropertyValue, at: Place): Problem {
  if (value !== "") return null;
  const text = `Invalid Attribute Value Length. Attribute ${at.terraform} string length must be at least 1, got: 0`;
  return { text, at };
}
