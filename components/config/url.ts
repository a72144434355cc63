import type { Problems } from "./problems.ts";

/**
 * A base URL without a slash at its end; null when there is none or it is wrong, which is reported.
 * Never shows a user name or password that the URL may hold.
 */
export function checkUrl(
  path: string,
  got: string | undefined,
  example: string,
  problems: Problems,
): string | null {
  if (got === undefined) return null;
  const fix = `write an http or https URL, e.g. ${example}`;
  if (!URL.canParse(got)) {
    problems.add(path, { wrong: "not a URL", got, fix });
    return null;
  }
  const url = new URL(got);
  if (!["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    problems.add(path, { wrong: "not an http or https URL", got, fix });
  } else if (url.username !== "" || url.password !== "") {
    problems.add(path, { wrong: "holds a user name or password", fix: "leave it out of the URL" });
  } else if (url.search !== "" || url.hash !== "") {
    problems.add(path, { wrong: "holds a query or fragment", got, fix });
  }
  return url.href.replace(/\/+$/, "");
}
