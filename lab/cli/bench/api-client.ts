import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

// Run inside the network of whoever is to be a client of the API server: node api-client.ts KUBECONFIG NAME ADDRESS...
// It reads and writes a ConfigMap of that name, of which it is the only writer, until its stdin ends. A new connection
// goes to the first of the addresses that takes it, as kubectl's does to those of a name. With the first answer, and for
// each line on stdin, it prints what it met since the last time, as one JSON object.

/** What a client that tries again once met. */
export interface ApiFigures {
  /** Reads and writes that were answered, at the second try at the latest. */
  readonly answered: number;
  /** Failed once, and not again. */
  readonly retried: number;
  /** Those that failed twice, in words. */
  readonly failed: readonly string[];
  /** Reads that did not show the last write that was acknowledged. */
  readonly lost: readonly string[];
  /** Longest time between one answer and the next, in milliseconds. */
  readonly longestGapMs: number;
}

/** One request. */
export interface Call {
  readonly method: "GET" | "POST" | "PATCH";
  readonly path: string;
  readonly body?: object;
}

interface ConfigMap {
  readonly data: { readonly n: string };
}

/** Above the time after which a balancer leaves an API server that does not answer. */
const patienceMs = 15_000;
/** Between one round of a read and a write and the next. */
const pauseMs = 50;

class ApiClient {
  readonly #identity: object;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(kubeconfig: string, addresses: readonly string[]) {
    const { clusters, users } = JSON.parse(kubeconfig) as {
      clusters: [{ cluster: Record<string, string> }];
      users: [{ user: Record<string, string> }];
    };
    const pem = (base64 = "") => Buffer.from(base64, "base64");
    const all = addresses.map((address) => ({ address, family: 4 }));
    this.#identity = {
      ca: pem(clusters[0].cluster["certificate-authority-data"]),
      cert: pem(users[0].user["client-certificate-data"]),
      key: pem(users[0].user["client-key-data"]),
      host: "kubernetes",
      port: 6443,
      agent: this.#agent,
      timeout: patienceMs,
      autoSelectFamilyAttemptTimeout: 1000,
      lookup: (_: string, __: object, found: (error: null, all: readonly object[]) => void) => {
        found(null, all);
      },
    };
  }

  /** @throws Error in the words of the network, or of the API server */
  call({ method, path, body }: Call): Promise<string> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return new Promise((resolve, reject) => {
      const sent = request(
        { ...this.#identity, method, path, headers: { "content-type": type } },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (text += chunk));
          response.on("error", reject);
          response.on("end", () => {
            const code = response.statusCode ?? 0;
            if (code < 300 || code === 409) resolve(text);
            else reject(new Error(`HTTP ${code} ${text.slice(0, 200)}`));
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer within ${patienceMs} ms`)));
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Counts what happens to the calls of one client. */
export class Observer {
  readonly #client: Pick<ApiClient, "call">;
  #figures = none();
  #lastAnswerMs = performance.now();

  constructor(client: Pick<ApiClient, "call">) {
    this.#client = client;
  }

  /** Undefined when it failed twice. */
  async call(call: Call): Promise<string | undefined> {
    const once = () => this.#client.call(call);
    const again = async (error: unknown) => {
      const text = await once();
      this.#figures.retried += 1;
      process.stderr.write(`${new Date().toISOString()} tried again: ${String(error)}\n`);
      return text;
    };
    try {
      const text = await once().catch(again);
      this.#figures.answered += 1;
      this.#measureGap();
      this.#lastAnswerMs = performance.now();
      return text;
    } catch (error) {
      this.#figures.failed.push(`${new Date().toISOString()} ${call.method}: ${String(error)}`);
      return undefined;
    }
  }

  lost(text: string): void {
    this.#figures.lost.push(`${new Date().toISOString()} ${text}`);
  }

  /** What happened since the last time; a gap that has begun counts as far as it goes. */
  take(): ApiFigures {
    this.#measureGap();
    const taken = this.#figures;
    this.#figures = none();
    return taken;
  }

  #measureGap(): void {
    const gapMs = performance.now() - this.#lastAnswerMs;
    this.#figures.longestGapMs = Math.max(this.#figures.longestGapMs, gapMs);
  }
}

const none = () => ({
  answered: 0,
  retried: 0,
  failed: [] as string[],
  lost: [] as string[],
  longestGapMs: 0,
});

const all = "/api/v1/namespaces/default/configmaps";

/** Makes the ConfigMap, unless it is there. */
export async function begin(name: string, observer: Observer): Promise<void> {
  const body = { metadata: { name }, data: { n: "0" } };
  const create = { method: "POST", path: all, body } as const;
  while ((await observer.call(create)) === undefined) await sleep(pauseMs);
}

/** One ConfigMap whose number grows by one each round. */
export async function load(name: string, observer: Observer, isOver: () => boolean): Promise<void> {
  const path = `${all}/${name}`;
  let acknowledged: number | undefined;
  while (!isOver()) {
    const text = await observer.call({ method: "GET", path });
    if (text !== undefined) {
      const n = Number((JSON.parse(text) as ConfigMap).data.n);
      if (n !== (acknowledged ?? n)) observer.lost(`wrote ${acknowledged ?? ""}, read ${n}`);
      const body = { data: { n: String(n + 1) } };
      const written = await observer.call({ method: "PATCH", path, body });
      // one that failed may have been carried out all the same
      acknowledged = written === undefined ? undefined : n + 1;
    }
    await sleep(pauseMs);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , kubeconfig = "", name = "", ...addresses] = process.argv;
  const client = new ApiClient(readFileSync(kubeconfig, "utf8"), addresses);
  const observer = new Observer(client);
  const input = { ended: false };
  const print = () => process.stdout.write(`${JSON.stringify(observer.take())}\n`);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", print);
  lines.on("close", () => (input.ended = true));
  await begin(name, observer);
  print();
  await load(name, observer, () => input.ended);
  client.close();
}
