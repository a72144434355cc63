import { createRequire } from "node:module";
import type * as JsonP3 from "json-p3";
import { isMap, type PropertyValue } from "../../lib/values.ts";
import { generationOf, listAt, numberAt, textAt, type KubeObject } from "../objects.ts";
import { info, warning } from "./awaiter.ts";
import type { Finding } from "./predicates.ts";

const load = createRequire(import.meta.url);

type Condition = (object: KubeObject) => Finding;

/**
 * What an object's `pulumi.com/waitFor` asks for: `jsonpath={.path}[=value]`, `condition=Type[=status]`, or a JSON
 * list of these, of which all must hold.
 * @throws Error in the official words when it is none of these
 * @see https://www.rfc-editor.org/rfc/rfc9535 the form of the path
 */
export function parseWaitFor(annotation: string): Condition {
  const expressions = listOf(annotation);
  if (expressions.length === 0) throw new Error("at least one condition must be specified");
  const conditions = expressions.map(parseExpression);
  return (object) => {
    const findings = conditions.map((condition) => condition(object));
    const open = findings.filter(({ isReady }) => !isReady);
    const problems = open.map(({ problem }) => problem ?? "");
    return {
      isReady: open.length === 0,
      status: findings.flatMap(({ status = [] }) => status),
      ...(problems.length > 0 ? { problem: problems.join("; ") } : {}),
    };
  };
}

function listOf(annotation: string): readonly string[] {
  try {
    const parsed = JSON.parse(annotation) as unknown;
    if (Array.isArray(parsed) && parsed.every((item) => typeof item === "string")) return parsed;
  } catch {
    // Not JSON: the annotation is one expression.
  }
  return [annotation];
}

function parseExpression(expression: string): Condition {
  if (expression.startsWith("jsonpath=")) return parsePathExpression(expression.slice(9));
  if (expression.startsWith("condition=")) {
    const [type = "", status = "True"] = expression.slice(10).split(/=(.*)/s);
    return (object) => conditionFinding(object, type, status);
  }
  throw new Error(
    `expected a "jsonpath=" or "condition=" prefix, got ${JSON.stringify(expression)}`,
  );
}

function parsePathExpression(raw: string): Condition {
  // A single "=" parts path and value; "==" belongs to a filter.
  const [path = "", value, ...rest] = raw.split(/(?<!=)=(?!=)/);
  if (rest.length > 0) {
    throw new Error(`format should be {.path}=value or {.path}, got ${JSON.stringify(raw)}`);
  }
  if (value === "") throw new Error(`${path}= requires a value`);
  if (path.startsWith("'")) throw new Error(`${path} should omit shell quotes`);
  const [, inner] = /^\{\s*(.*?)\s*\}$/.exec(path) ?? [];
  if (inner === undefined) throw new Error(`${path} should be wrapped in brackets { ... }`);
  // Not import(): where node_modules is a symbolic link, Node.js 22.23 gives an empty module.
  const { JSONPathEnvironment } = load("json-p3") as typeof JsonP3;
  const query = new JSONPathEnvironment().compile(inner.startsWith("$") ? inner : `$${inner}`);
  const text = value === undefined ? path : `${path}=${value}`;
  return (object) => {
    if (!isObserved(object)) return { isReady: false, problem: `Waiting for ${text}` };
    const [found] = query.query(object as never).values() as PropertyValue[];
    if (found === undefined) return waiting(`${path} selected nothing`);
    if (typeof found === "object" && found !== null) {
      if (value === undefined) return { isReady: true, status: [info(`Found ${text}`)] };
      throw new Error(`${JSON.stringify(path)} has a non-primitive value`);
    }
    const shown = String(found);
    return value === undefined || value === shown
      ? { isReady: true, status: [info(`Found ${text}`)] }
      : waiting(`Waiting for ${text} (found ${JSON.stringify(shown)})`);
  };
}

function waiting(message: string): Finding {
  return { isReady: false, status: [info(message)], problem: message };
}

function conditionFinding(object: KubeObject, type: string, wanted: string): Finding {
  const equal = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const conditions = listAt(object, "status", "conditions").filter(isMap);
  if (conditions.length === 0) {
    const problem = "Has no .status.conditions";
    return { isReady: false, status: [warning(problem)], problem };
  }
  const condition = conditions.find((item) => equal(textAt(item, "type"), type));
  if (!condition) return { isReady: false, problem: `Resource has no condition ${type}` };
  const observed =
    numberAt(condition, "observedGeneration") ?? numberAt(object, "status", "observedGeneration");
  const generation = generationOf(object);
  if (observed !== undefined && observed < generation) {
    return waiting(`Generation ${observed} is less than expected ${generation}`);
  }
  const status = textAt(condition, "status");
  if (equal(status, wanted)) return { isReady: true };
  const message = textAt(condition, "message");
  const said = message === "" ? "" : `: ${message}`;
  return waiting(`Resource has condition ${type}=${status} (want ${wanted})${said}`);
}

/** False while the controller has only seen an older form of the object. */
function isObserved(object: KubeObject): boolean {
  const observed = numberAt(object, "status", "observedGeneration");
  return observed === undefined || observed >= generationOf(object);
}
