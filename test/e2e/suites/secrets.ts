import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../../lab/lib/exec.ts";
import { attempt, edit, lab, pulumi, start } from "../support/lab.ts";

/** Every string in a value that must stay secret: private keys and the words they are made of. */
function secretsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === "string") {
    for (const [block] of value.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END/g)) {
      // The second line of a key is enough to know it again, however it is wrapped or escaped.
      const line = block.split(/\n|\\n/)[1];
      if (line !== undefined && line.length >= 40) found.add(line.slice(0, 40));
    }
  } else if (typeof value === "object" && value !== null) {
    for (const child of Object.values(value)) secretsIn(child, found);
  }
  return found;
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** No secret in a plan, a log, a process list, the text of a command or plain state. */
export function secretsSuite(): void {
  describe("secrets", () => {
    let secrets: string[] = [];
    const leaked = (text: string) => secrets.filter((secret) => text.includes(secret));
    beforeAll(async () => {
      const state: unknown = JSON.parse(await pulumi("stack", "export", "--show-secrets"));
      const token = readFileSync(join(lab.stateDir, "token"), "utf8").trim();
      secrets = [...secretsIn(state), token];
      // Every machine has a host key, every certificate a key: that many must be found for this to prove anything.
      expect(secrets.length).toBeGreaterThan(25);
    });

    it("are not in a plan, however detailed", async () => {
      const undo = edit("assets/config/kubelet.yaml", (text) => `${text}\n# changed\n`);
      try {
        const { stdout, stderr } = await attempt(["pulumi", "preview", "--diff"]);
        expect(stdout).toContain("# changed");
        expect(leaked(stdout + stderr)).toEqual([]);
        expect(leaked(await pulumi("preview", "--json"))).toEqual([]);
      } finally {
        undo();
      }
    });

    it("are not in the state as it is stored", () => {
      const stored = filesBelow(join(lab.stateDir, "pulumi-backend")).map((file) =>
        readFileSync(file, "utf8"),
      );
      expect(stored.join("").length).toBeGreaterThan(10_000);
      expect(leaked(stored.join("\n"))).toEqual([]);
    });

    it("are not in the lab's logs", () => {
      const logs = filesBelow(join(lab.stateDir, "logs")).filter((file) => statSync(file).size > 0);
      expect(logs.length).toBeGreaterThan(0);
      for (const file of logs) expect(leaked(readFileSync(file, "utf8")), file).toEqual([]);
    });

    it("are not in the text of a command, nor in what it printed", async () => {
      const { deployment } = JSON.parse(await pulumi("stack", "export", "--show-secrets")) as {
        deployment: {
          resources: { type: string; inputs?: { create?: string }; outputs?: object }[];
        };
      };
      const commands = deployment.resources.filter(({ type }) => type === "command:remote:Command");
      expect(commands.length).toBeGreaterThan(20);
      for (const { inputs, outputs } of commands) {
        const { stdout, stderr } = (outputs ?? {}) as { stdout?: string; stderr?: string };
        expect(leaked(`${inputs?.create ?? ""}${stdout ?? ""}${stderr ?? ""}`)).toEqual([]);
      }
    });

    it("are not in the list of processes while an update runs", async () => {
      const undo = edit("assets/config/kubelet.yaml", (text) => `${text}\n# changed\n`);
      const lists: string[] = [];
      try {
        const update = start(["pulumi", "up", "--yes", "--skip-preview"]);
        const ended = update.ended.then(() => true);
        const tick = () => new Promise<false>((resolve) => setTimeout(resolve, 100, false));
        do lists.push((await exec("ps", ["axeww", "-o", "args"])).stdout);
        while (!(await Promise.race([ended, tick()])));
        expect(await update.ended).toBe(0);
      } finally {
        undo();
        await pulumi("up", "--yes", "--skip-preview");
      }
      expect(lists.length).toBeGreaterThan(3);
      // The token is in the environment of Pulumi, as on a real cloud, and in nobody's arguments.
      const args = (await exec("ps", ["axww", "-o", "args"])).stdout;
      expect(leaked(args)).toEqual([]);
      const keys = secrets.slice(0, -1);
      expect(keys.filter((key) => lists.some((list) => list.includes(key)))).toEqual([]);
    });
  });
}
