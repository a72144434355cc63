/**
 * One request to the lab's cloud API, made from inside the lab's network: run by `cloudRequest` with nsenter.
 * Prints `{"status": 200, "body": …}`. With a third argument it tries for that many seconds until anything answers.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { cloudUrl } from "./environment.ts";

const [, , method = "GET", path = "/v2/account", patience = "0"] = process.argv;
const deadline = Date.now() + Number(patience) * 1000;

for (;;) {
  try {
    const response = await fetch(`${cloudUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${process.env["DIGITALOCEAN_TOKEN"] ?? ""}` },
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
