import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectDir } from "../lib/paths.ts";
import { componentOf, type ArtifactLock, type LockedFile } from "../mirror/lock.ts";
import { defaultsOf } from "../mirror/mirror.ts";

const text = await readFile(join(projectDir, "assets", "versions.json"), "utf8");
const lock = JSON.parse(text) as ArtifactLock;
const entries = [...lock.files, ...lock.images];
const label = ({ name, version }: { name: string; version: string }): string =>
  `${name} ${version}`;

/** Text, not a program. */
const isText = ({ url }: LockedFile): boolean => url.endsWith(".yaml");

/** Images of which no digest was found; assets/versions.md says why. */
const withoutDigest = ["nginx-ingress"];

describe("assets/versions.json", () => {
  it("downloads over https only", () => {
    expect(lock.files.map(({ url }) => new URL(url).protocol)).toEqual(
      lock.files.map(() => "https:"),
    );
  });

  it.each(lock.files)("$name $version: a sha256 for both architectures", ({ sha256 }) => {
    expect(Object.keys(sha256).sort()).toEqual(["amd64", "arm64"]);
    for (const value of Object.values(sha256)) expect(value).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(lock.files)("$name $version: the URL tells architecture and version", (file) => {
    expect(file.url.includes("{arch}")).toBe(!isText(file));
    expect(file.url).toContain(`v${file.version}`);
  });

  it("gives no two downloads one sha256: that would be a copying mistake", () => {
    const sums = lock.files.flatMap((file) => {
      const own = Object.values(file.sha256);
      return isText(file) ? own.slice(1) : own;
    });
    expect(new Set(sums).size).toBe(sums.length);
  });

  it("has one sha256 for a file that is the same for all architectures", () => {
    const texts = lock.files.filter(isText);
    expect(texts.map(({ name }) => name)).toEqual(["cert-manager-crds"]);
    for (const { sha256 } of texts) expect(sha256.amd64).toBe(sha256.arm64);
  });

  it.each(lock.images)("$name $version: a digest, and a tag of that version", (image) => {
    expect(image.image).toMatch(/^[a-z0-9.]+(\/[a-z-]+)+:/);
    expect(image.image).toMatch(new RegExp(`:v?${image.version}$`));
    if (withoutDigest.includes(image.name)) expect(image.digest).toBeUndefined();
    else expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("has each entry once", () => {
    expect(new Set(entries.map(label)).size).toBe(entries.length);
  });

  it("has every default, and a default for every component", () => {
    const versions = new Map<string, Set<string>>();
    for (const { name, version } of entries) {
      const component = componentOf(name);
      versions.set(component, (versions.get(component) ?? new Set()).add(version));
    }
    expect([...versions.keys()].sort()).toEqual(Object.keys(lock.defaults).sort());
    for (const [component, version] of Object.entries(lock.defaults)) {
      expect(versions.get(component), component).toContain(version);
    }
  });

  it("has the same programs in every Kubernetes version", () => {
    const programs = new Map<string, string[]>();
    for (const { name, version } of lock.files) {
      if (componentOf(name) !== "kubernetes") continue;
      programs.set(version, [...(programs.get(version) ?? []), name].sort());
    }
    expect([...programs.keys()].sort()).toEqual(["1.35.7", "1.36.4", "1.37.1"]);
    expect(new Set([...programs.values()].map((names) => names.join(" "))).size).toBe(1);
  });

  it("tells each archive's programs, under their version and architecture where upstream does", () => {
    const archives = lock.files.filter(({ url }) => /\.t(ar\.)?gz$/.test(url));
    expect(archives.map(({ name }) => name).sort()).toEqual(["cni-plugins", "containerd", "etcd"]);
    expect(lock.files.filter(({ members }) => members)).toEqual(archives);
    const etcd = archives.find(({ name }) => name === "etcd");
    expect(etcd?.members?.["etcdctl"]).toBe("etcd-v3.6.14-linux-{arch}/etcdctl");
  });
});

describe("defaultsOf", () => {
  it("leaves one version per name", () => {
    const { files, images } = defaultsOf(lock);
    const names = [...files, ...images].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names)).toEqual(new Set(entries.map(({ name }) => name)));
  });
});
