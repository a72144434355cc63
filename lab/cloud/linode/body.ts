import { bodyReader } from "../body.ts";
import { refused } from "./errors.ts";

/** Members of a request's body. @throws ApiError 400 for one that is not as it should be */
export const { text, requiredText, flag, integer, list, texts, integers, object, objects } =
  bodyReader((name, problem) => refused(`${name} ${problem}`, name));
