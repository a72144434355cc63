import { request } from "node:https";
import type { Operator } from "./operator.ts";

/** What the API server said. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One request to the API server, as the operator. */
export type Ask = (method: "GET" | "POST" | "PUT", path: string, body?: object) => Promise<Answer>;

/** Asks the first of the cluster's API servers that can be reached. */
export function askAs({ clusters, users: [{ user }] }: Operator): Ask {
  const pem = (base64: string) => Buffer.from(base64, "base64").toString();
  const identity = {
    cert: pem(user["client-certificate-data"]),
    key: pem(user["client-key-data"]),
  };
  let ways = clusters.map(({ cluster }) => ({
    server: cluster.server,
    ca: pem(cluster["certificate-authority-data"]),
  }));
  return async function ask(method, path, body) {
    const [first, ...others] = ways;
    if (first === undefined) throw new Error("no API server");
    try {
      return await send({ ...identity, ca: first.ca, method }, new URL(path, first.server), body);
    } catch (error) {
      const said = `${first.server}: ${error instanceof Error ? error.message : String(error)}`;
      // A request may have arrived although no answer came; a second one of these does no harm.
      if (others.length === 0) throw new Error(said, { cause: error });
      console.error(`${said}; trying ${others[0]?.server}`);
      ways = others;
      return ask(method, path, body);
    }
  };
}

function send(options: object, url: URL, body: object | undefined): Promise<Answer> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, headers, timeout: 10_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        try {
          const said: unknown = JSON.parse(Buffer.concat(parts).toString());
          resolve({ status: response.statusCode ?? 0, body: said });
        } catch {
          reject(new Error(`${url.pathname}: no JSON, status ${response.statusCode}`));
        }
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
