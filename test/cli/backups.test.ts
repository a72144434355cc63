import { describe, expect, it } from "vitest";
import { backupsOf, parseBackupsCommand } from "../../cli/backups/command.ts";

describe("npm run backups", () => {
  const node = (name: string, conditions: object[]) => ({
    metadata: { name },
    status: { conditions },
  });
  const condition = (type: string, status: string, message = "") => ({ type, status, message });

  it("says of each machine what its Node says", () => {
    const items = [
      node("master-1", [
        condition("Ready", "True"),
        condition(
          "BackupsMissing",
          "False",
          "newest: 2026-11-29T03:00:00Z, 12 MiB, revision 4711, 48 kept",
        ),
      ]),
      node("master-2", [
        condition("Ready", "False"),
        condition("BackupsMissing", "True", "journalctl -u etcd-backup says why; newest: none"),
      ]),
    ];
    expect(backupsOf({ items })).toEqual([
      {
        machine: "master-1",
        isFine: true,
        says: "newest: 2026-11-29T03:00:00Z, 12 MiB, revision 4711, 48 kept",
      },
      {
        machine: "master-2",
        isFine: false,
        says: "journalctl -u etcd-backup says why; newest: none",
      },
    ]);
  });

  it("does not take the last words of a dead machine, or silence, for a backup", () => {
    const items = [
      node("master-1", [
        condition("Ready", "Unknown"),
        condition("BackupsMissing", "False", "newest: x"),
      ]),
      node("master-2", [condition("Ready", "True")]),
    ];
    expect(backupsOf({ items }).map(({ isFine }) => isFine)).toEqual([false, false]);
    expect(backupsOf({ items })[0]?.says).toBe("the machine says nothing any more; newest: x");
  });

  it("fails on what is no list of Nodes", () => {
    expect(() => backupsOf({ kind: "Status" })).toThrow();
  });

  it("takes the stack from the environment, and nothing that it does not know", () => {
    expect(parseBackupsCommand([], { PULUMI_STACK: "prod" })).toEqual({ stack: "prod" });
    expect(() => parseBackupsCommand(["--stak", "prod"], {})).toThrow("--stak");
    expect(() => parseBackupsCommand([], {})).toThrow("--stack");
  });
});
