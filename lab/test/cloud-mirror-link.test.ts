import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { linkedMirror } from "../cloud/mirror-link.ts";

let dir: string;
const at = (...parts: string[]): string => join(dir, ...parts);
const fill = (name: string, lock: string): void => {
  mkdirSync(at("stores", name), { recursive: true });
  writeFileSync(at("stores", name, "lock.json"), lock);
};
const publish = (mirror: string): void => {
  mkdirSync(at("published"), { recursive: true });
  writeFileSync(at("published", "artifacts.lock.json"), JSON.stringify({ mirror }));
};
const link = () =>
  linkedMirror({ stateDir: dir }, () => undefined, {
    published: at("published"),
    stores: at("stores"),
  });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hardway-mirror-link-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

it("the mirror served is the one that the published lock names", () => {
  fill("old", "1");
  fill("new", "2");
  publish("new");
  const { store, close } = link();
  expect(readFileSync(store.lockPath, "utf8")).toBe("2");
  close();
});

it("a mirror filled later is served as soon as its lock is published", async () => {
  const { store, close } = link();
  expect(() => readlinkSync(store.dir)).toThrow();
  fill("one", "1");
  publish("one");
  await vi.waitFor(() => {
    expect(readlinkSync(store.dir)).toBe(at("stores", "one"));
  });
  fill("two", "2");
  publish("two");
  await vi.waitFor(() => {
    expect(readlinkSync(store.dir)).toBe(at("stores", "two"));
  });
  close();
});

it("a lock that names no mirror that is there changes nothing", () => {
  fill("one", "1");
  publish("one");
  const first = link();
  first.close();
  for (const name of ["none", "..", "../stores/none"]) {
    publish(name);
    const { store, close } = link();
    expect(readlinkSync(store.dir)).toBe(at("stores", "one"));
    close();
  }
});
