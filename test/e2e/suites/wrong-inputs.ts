import { afterEach, describe, expect, it } from "vitest";
import { isImported } from "./nginx.ts";
import { edit, plan, pulumi, recorded, run } from "../support/lab.ts";

const config = "Pulumi.dev.yaml";
/** All that an update said which must fail. */
async function refusal(): Promise<string> {
  const command = "pulumi up --yes --skip-preview --color never 2>&1; echo exit code $?";
  const said = await run(["lab", "exec", "sh", "-c", command]);
  expect(said).not.toMatch(/exit code 0\n$/);
  return said;
}

/** What cannot work is refused before anything is changed, or ends soon and says why. */
export function wrongInputsSuite(): void {
  describe("a wrong input", () => {
    const undo: (() => void)[] = [];
    const write = (from: string | RegExp, to: string) => {
      undo.push(edit(config, (text) => text.replace(from, to)));
    };
    afterEach(() => {
      for (const one of undo.splice(0).reverse()) one();
    });

    it("is refused before anything is changed, all at once", async () => {
      const before = await recorded();
      write("controller: traefik", "controller: trafik");
      write("admin@lab.test", "admin");
      const said = await refusal();
      expect(said).toContain('ingress.controller: unknown ingress controller, got "trafik"');
      expect(said).toContain('acme.email: not an e-mail address, got "admin"');
      expect(await recorded()).toEqual(before);
    });

    it("is refused for an image that the mirror lacks, by its name", async (context) => {
      context.skip(await isImported("nginx-ingress"), "F5's image was imported: the mirror has it");
      const before = await recorded();
      write("controller: traefik", "controller: nginx");
      expect(await refusal()).toMatch(
        /artifacts\.registryMirror: lacks the image docker\.io\/nginx\/nginx-ingress:\S+, got "[^"]+"; put the image into the mirror, or set ingress\.controller to "traefik"/,
      );
      expect(await recorded()).toEqual(before);
    });

    it("ends within three minutes when the ACME directory cannot be reached, and says so", async () => {
      write(":14000/dir", ":14999/dir");
      const started = Date.now();
      const said = await refusal();
      expect(Date.now() - started).toBeLessThan(180_000);
      expect(said).toMatch(
        /ACME directory https:\/\/10\.240\.0\.1:14999\/dir is not ready: Failed to register ACME account: .*dial tcp/,
      );
    });

    it("ends within three minutes when the host does not lead to the workers, in the challenge's own words", async () => {
      write("demo.cloud.test", "demo.elsewhere.test");
      const started = Date.now();
      const said = await refusal();
      expect(Date.now() - started).toBeLessThan(180_000);
      expect(said).toMatch(/certificate for demo\.elsewhere\.test is not ready: .*no such host/);
    });

    it("leaves nothing behind when it is put right", async () => {
      await pulumi("up", "--yes", "--skip-preview");
      expect(await plan()).toEqual([]);
    });
  });
}
