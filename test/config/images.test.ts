import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { checkImages } from "../../components/config/images.ts";
import { Problems } from "../../components/config/problems.ts";
import { linesOf } from "../support/problems.ts";

const digest = `sha256:${"a".repeat(64)}`;
const coredns = `registry.k8s.io/coredns/coredns:v1@${digest}`;
const nginx = "docker.io/nginx/nginx-ingress:5.5.4";
let asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
  response.statusCode = request.url?.includes("nginx") === true ? 404 : 200;
  response.end();
});
let registry = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  server.close();
});

async function check(at: string | null, ...references: string[]): Promise<readonly string[]> {
  const images = references.map((reference) => ({
    name: /([^/:]+):/.exec(reference)?.[1] ?? "",
    version: "1",
    reference,
  }));
  const problems = new Problems();
  await checkImages({ images, mirror: { files: null, registry: at } }, problems);
  return linesOf(problems);
}

test("the mirror is asked for each image by its digest, else its tag, as containerd asks", async () => {
  expect(await check(registry, coredns, "docker.io/library/caddy:2")).toEqual([]);
  expect(asked.sort()).toEqual([
    `HEAD /v2/coredns/coredns/manifests/${digest}?ns=registry.k8s.io`,
    "HEAD /v2/library/caddy/manifests/2?ns=docker.io",
  ]);
});

test("an image that the mirror lacks is a problem, with its name and another way", async () => {
  expect(await check(registry, coredns, nginx)).toEqual([
    `artifacts.registryMirror: lacks the image ${nginx}, got "${registry}"; put the image into the mirror, or set ingress.controller to "traefik"`,
  ]);
});

test("a mirror that does not answer is one problem, however many images there are", async () => {
  const nobody = "http://127.0.0.1:1";
  const [problem = "", ...others] = await check(nobody, coredns, nginx);
  expect(problem).toMatch(
    /^artifacts\.registryMirror: cannot be asked for images \(.+\), got "http:\/\/127\.0\.0\.1:1"; look at the network, or leave it out$/,
  );
  expect(others).toEqual([]);
});

test("without a mirror nobody is asked", async () => {
  expect(await check(null, nginx)).toEqual([]);
  expect(asked).toEqual([]);
});
