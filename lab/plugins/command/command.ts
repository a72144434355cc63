import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { diffProperties } from "../lib/diff.ts";
import type { CheckFailure, ResourceHandler } from "../lib/plugin.ts";
import { checkProperties } from "../lib/check-properties.ts";
import { hasUnknown, isMap, Unknown, type PropertyMap } from "../lib/values.ts";
import { inferWords } from "../lib/words.ts";
import { run } from "./run.ts";
import { commandInputs, type CommandInputs, type CommandOutputs } from "./schema.ts";

const words = inferWords("remote.CommandInputs");

/**
 * `command:remote:Command`: runs a command on a host by SSH, when it is created, changed and deleted.
 * @see https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/commandController.go
 */
export const command: ResourceHandler = {
  check: ({ news }) => {
    const { inputs, failures } = checkProperties(commandInputs, news, words);
    return { inputs, failures: [...failures, ...unsupported(news)] };
  },

  diff: ({ oldInputs, news }) => ({ changes: diffProperties(commandInputs, oldInputs, news) }),

  create: async (request) => {
    const { inputs, name, preview } = request;
    const id = name + randomBytes(4).toString("hex");
    if (preview) return { id, state: { ...inputs, stdout: Unknown, stderr: Unknown } };
    const command = commandOf(inputs);
    const printed =
      command.create === undefined
        ? { stdout: "", stderr: "" }
        : await run(command.create, command, {}, request);
    return { id, state: { ...inputs, ...printed } };
  },

  update: async (request) => {
    const { inputs, state, preview } = request;
    const previous = printedIn(state);
    if (preview) {
      if (!isAffected(state, inputs)) return { state: { ...inputs, ...previous } };
      return { state: { ...inputs, stdout: Unknown, stderr: Unknown } };
    }
    const command = commandOf(inputs);
    const script = command.update ?? command.create;
    const printed = script === undefined ? previous : await run(script, command, previous, request);
    return { state: { ...inputs, ...printed } };
  },

  delete: async (request) => {
    const command = commandOf(request.state);
    if (command.delete === undefined) return;
    await run(command.delete, command, printedIn(request.state), request);
  },
};

/** In a preview the output of a command is known only when no input it has had is changing. */
function isAffected(state: PropertyMap, inputs: PropertyMap): boolean {
  return Object.keys(commandInputs).some(
    (name) =>
      hasUnknown(inputs[name]) || (name in state && !isDeepStrictEqual(state[name], inputs[name])),
  );
}

function unsupported(news: PropertyMap): CheckFailure[] {
  const { environment } = news;
  if (!isMap(environment) || Object.keys(environment).length === 0) return [];
  const reason =
    "environment: not in the lab's local command plugin; pass values by stdin, or install the official plugin";
  return [{ property: "environment", reason }];
}

/** The engine gives back what `check` passed, so the table has been applied. */
function commandOf(values: PropertyMap): CommandInputs {
  return values as unknown as CommandInputs;
}

function printedIn(state: PropertyMap): CommandOutputs {
  const { stdout, stderr } = state;
  return {
    stdout: typeof stdout === "string" ? stdout : "",
    stderr: typeof stderr === "string" ? stderr : "",
  };
}
