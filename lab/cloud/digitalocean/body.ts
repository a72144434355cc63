import { bodyReader } from "../body.ts";
import { unprocessable } from "./errors.ts";

/** Members of a request's body. @throws ApiError 422 for one that is not as it should be */
export const { text, requiredText, flag, list, texts, integers, object, objects } = bodyReader(
  (name, problem) => unprocessable(`${name} ${problem}`),
);
