import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../components/lib/hash.ts";
import type { Machine } from "../../components/providers/machine.ts";
import { pairFiles, publicFile } from "../../components/remote/secret-files.ts";
import { runUnit, type UnitArgs } from "../../components/remote/unit.ts";
import { bundleOf, textOf } from "../support/bundles.ts";
import { graphOf } from "../support/graph.ts";

class Room extends pulumi.ComponentResource {
  constructor() {
    super("hardway:remote:Room", "room", {});
  }
}

/** The step that makes scheduler's unit run with this besides. */
async function stepOf(args: Partial<UnitArgs>) {
  const connection = { host: "192.0.2.1", port: 22, user: "u", privateKey: "k", hostKey: "h" };
  const machine = { connection, sudo: false } as unknown as Machine;
  const base = { machine, unit: "kube-scheduler.service", links: [], files: [], secretFiles: [] };
  const graph = await graphOf(() => {
    runUnit("it", { ...base, ...args }, { parent: new Room() });
  });
  return graph.one("command:remote:Command", "it");
}

describe("a unit restarts for", () => {
  const config = (text: string) => [{ path: "/etc/a.yaml", content: text }];
  const certificate = publicFile("a CA", "/etc/pki/ca.crt", "PEM");
  const reasonsOf = async (args: Partial<UnitArgs>) => bundleOf(await stepOf(args)).reasons;

  it("a file that one of its own names", async () => {
    const files = config("ca: /etc/pki/ca.crt\n");
    const reasons = await reasonsOf({ files, secretFiles: [certificate] });
    expect(reasons).toEqual([`a CA ${sha256("PEM")}`]);
  });

  it("nothing whose path is only the beginning, or the end, of what is named", async () => {
    const files = config("/etc/pki/ca.crt.old /etc/pki/ca.crt-2 /etc/pki/ca.crts");
    expect(await reasonsOf({ files, secretFiles: [certificate] })).toEqual([]);
  });

  it("a key by its certificate: no hash of a key leaves the program", async () => {
    const files = config("/etc/pki/a.key");
    const key = { what: "a key", path: "/etc/pki/a.key", content: "K", shownBy: "C" };
    expect(await reasonsOf({ files, secretFiles: [key] })).toEqual([`a key ${sha256("C")}`]);
  });

  it("nothing that it reads again by itself", async () => {
    const files = config("/etc/pki/ca.crt /etc/pki/a.crt /etc/pki/a.key");
    const secretFiles = [
      { ...certificate, isReread: true },
      ...pairFiles("its own certificate", "/etc/pki/a", { certPem: "C", keyPem: "K" }),
    ];
    expect(await reasonsOf({ files, secretFiles })).toEqual([]);
  });
});

describe("a unit is healthy when", () => {
  const checkOf = async (args: Partial<UnitArgs>) =>
    textOf(await stepOf(args), "create").replace("/usr/local/lib/hardway/run-unit.sh ", "");

  it("systemd, a URL or a program says so", async () => {
    expect(await checkOf({})).toBe("kube-scheduler.service -");
    expect(await checkOf({ healthUrl: "http://127.0.0.1/" })).toBe(
      "kube-scheduler.service http://127.0.0.1/",
    );
    expect(await checkOf({ healthCheck: ["/a/check.sh", pulumi.output("an argument")] })).toBe(
      "kube-scheduler.service /a/check.sh 'an argument'",
    );
  });
});

it("a unit's companions are written beside it, and it alone is started", async () => {
  const step = await stepOf({ companions: ["flanneld.service"] });
  expect(textOf(step, "create")).toMatch(/run-unit\.sh kube-scheduler\.service -$/);
  expect(bundleOf(step).files.map(({ path }) => path)).toEqual([
    "/etc/systemd/system/kube-scheduler.service",
    "/etc/systemd/system/flanneld.service",
  ]);
});
