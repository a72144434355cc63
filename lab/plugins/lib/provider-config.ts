import { diffProperties } from "./diff.ts";
import type { CheckRequest, CheckResult, DiffRequest, DiffResult, Plugin } from "./plugin.ts";
import { checkProperties, decodeConfig } from "./check-properties.ts";
import { bridgeWords } from "./words.ts";

/** Checks a provider's arguments by its table; a provider without one takes no arguments. */
export function defaultCheckConfig(plugin: Plugin): (request: CheckRequest) => CheckResult {
  const table = plugin.config ?? {};
  return ({ news }) => {
    const { failures } = checkProperties(table, decodeConfig(table, news), bridgeWords);
    return { inputs: news, failures }; // as the engine wrote them: it compares them with the state
  };
}

/** Compares a provider's arguments by its table. */
export function defaultDiffConfig(plugin: Plugin): (request: DiffRequest) => DiffResult {
  const table = plugin.config ?? {};
  return ({ oldInputs, news }) => ({
    changes: diffProperties(table, decodeConfig(table, oldInputs), decodeConfig(table, news)),
  });
}
