import { request } from "node:https";
import { identityOf } from "../lib/kubeconfig.ts";

/** What the API server said. */
export interface ApiAnswer<T> {
  readonly status: number;
  readonly body: T;
}

/**
 * Asks the API server for what Pulumi's resources do not tell.
 * @param kubeconfig - secret; of somebody who may read it
 * @param path - of an object or a list, e.g. `/api/v1/namespaces`
 * @throws Error when nobody answers within ten seconds, or not in JSON
 */
export function askApi<T>(kubeconfig: string, path: string): Promise<ApiAnswer<T>> {
  const { server, caPem, certificatePem, keyPem } = identityOf(kubeconfig);
  const identity = { ca: caPem, cert: certificatePem, key: keyPem };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server), { ...identity, timeout: 10_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        try {
          const body = JSON.parse(Buffer.concat(parts).toString()) as T;
          resolve({ status: response.statusCode ?? 0, body });
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`${path}: no answer`)));
    sent.on("error", reject);
    sent.end();
  });
}
