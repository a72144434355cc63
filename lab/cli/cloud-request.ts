/**
 * One request to a cloud API of the lab, made from inside the lab's network: run by `cloudRequest` with nsenter.
 * The path says which API. The body comes from stdin: it may hold secrets. Prints `{"status": 200, "body": …}`. With
 * a third argument it tries for that many seconds until anything answers.
 */
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { cloudUrl, linodeUrl } from "./environment.ts";

const [, , method = "GET", path = "/v2/account", patience = "0"] = process.argv;
const body = await readText(process.stdin);
const base = path.startsWith("/v2/") ? cloudUrl : linodeUrl;
const deadline = Date.now() + Number(patience) * 1000;

for (;;) {
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${process.env["DIGITALOCEAN_TOKEN"] ?? ""}`,
        "content-type": "application/json",
      },
      ...(body === "" ? {} : { body }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    process.stdout.write(
      JSON.stringify({
        status: response.status,
        body: text === "" ? null : (JSON.parse(text) as unknown),
      }),
    );
    break;
  } catch (error) {
    if (Date.now() >= deadline) throw error;
    await sleep(50);
  }
}
