import { ConfigError, type Problems } from "../../components/config/problems.ts";

/** What a check of config has found, a line each; empty when that is nothing. */
export function linesOf(problems: Problems): readonly string[] {
  try {
    problems.throwIfAny("dev");
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
