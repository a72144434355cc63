import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { addBuiltCrds, withoutTemplates } from "../mirror/crds.ts";
import { sha256Of } from "../lib/download.ts";

const crd = (name: string): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${name}
  labels:
    app: '{{ template "cert-manager.name" . }}'
    # Generated labels {{- include "labels" . | nindent 4 }}
spec:
  description: "labels:"
`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "hardway-crds-"));
});
afterEach(() => rm(dir, { recursive: true }));

describe("withoutTemplates", () => {
  it("removes what only Helm understands, and labels when none are left", () => {
    expect(withoutTemplates(crd("a"))).toBe(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: a
spec:
  description: "labels:"
`);
  });

  it("keeps labels that need no template", () => {
    const text = "metadata:\n  labels:\n    app: x\n    b: '{{ y }}'\nspec:\n  labels: {}\n";
    expect(withoutTemplates(text)).toBe("metadata:\n  labels:\n    app: x\nspec:\n  labels: {}\n");
  });
});

describe("addBuiltCrds", () => {
  it("makes one file of all, and locks it for every architecture, with its copy in the project", async () => {
    await mkdir(join(dir, "tool", "crds"), { recursive: true });
    for (const name of ["b", "a"]) {
      await writeFile(join(dir, "tool", "crds", `crd-${name}.yaml`), crd(name));
    }
    await writeFile(join(dir, "tool", "crds", "README.md"), "no CRD");
    const { url, sha256, path, ...rest } = await addBuiltCrds(dir, join(dir, "tool"));
    expect(rest).toEqual({ name: "cert-manager-crds", version: "1.11.5" });
    expect(path).toBe(".hardway/cert-manager.crds.yaml");
    const file = join(dir, new URL(url).pathname);
    const documents = parseAllDocuments(await readFile(file, "utf8"));
    expect(documents.map((document) => document.getIn(["metadata", "name"]))).toEqual(["a", "b"]);
    const sum = await sha256Of(file);
    expect(sha256).toEqual({ amd64: sum, arm64: sum });
  });
});
