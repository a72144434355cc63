import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError, Problems } from "../../components/config/problems.ts";
import { readManifests } from "../../components/config/manifests.ts";
import { sha256 } from "../../components/lib/hash.ts";

const text = "kind: CustomResourceDefinition\n";
const server = createServer((request, response) => {
  response.statusCode = request.url === "/crds.yaml" ? 200 : 404;
  response.end(text);
});
let base = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

async function read(url: string, sum = sha256(text)) {
  const problems = new Problems();
  const download = { name: "crds", version: "1.2.3", architecture: "amd64", members: {} } as const;
  const manifests = await readManifests([{ ...download, url, sha256: sum }], problems);
  problems.throwIfAny("dev");
  return manifests;
}

test("a file of the lock is read from its address", async () => {
  expect(await read(`${base}/crds.yaml`)).toEqual({ crds: text });
});

test("another file at that address, none, or no server at all is a problem of the lock", async () => {
  await expect(read(`${base}/crds.yaml`, sha256("other"))).rejects.toThrow(
    `artifacts.lock: crds 1.2.3 is not the file that the lock names, got "${base}/crds.yaml"; serve the one with sha256 ${sha256("other")}`,
  );
  await expect(read(`${base}/none.yaml`)).rejects.toThrow("crds 1.2.3 answers HTTP 404, got ");
  await expect(read("http://127.0.0.1:1/crds.yaml")).rejects.toThrow(ConfigError);
});
