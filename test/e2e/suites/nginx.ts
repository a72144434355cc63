import { afterAll, describe, expect, it } from "vitest";
import { edit, plan, pulumi, run } from "../support/lab.ts";
import { acmeRoot, demoHost as host } from "../support/demo.ts";
import { curl, ingressAddresses, redirectOf, type Answer } from "../support/page.ts";

/** Whether an image of this name was supplied by `npm run lab -- image import`. */
export async function isImported(name: string): Promise<boolean> {
  return new RegExp(`/${name}:\\S+ +imported`).test(await run(["lab", "image", "list"]));
}

/** The ingress controller of the cloud stacks, where somebody brought its image. */
export function nginxSuite(): void {
  describe("F5 NGINX Ingress Controller", () => {
    let undo: (() => void) | undefined;
    afterAll(async () => {
      if (undo === undefined) return;
      undo();
      await pulumi("up", "--yes", "--skip-preview");
      expect(await plan()).toEqual([]);
    });

    it("serves the page in the other's place", async (context) => {
      const isThere = await isImported("nginx-ingress");
      context.skip(!isThere, "no image: npm run lab -- image import FILE.tar brings it");
      undo = edit("Pulumi.dev.yaml", (text) =>
        text.replace("controller: traefik", "controller: nginx"),
      );
      await pulumi("up", "--yes", "--skip-preview");
      const root = await acmeRoot();
      for (const address of await ingressAddresses()) {
        const { stdout } = await curl(address, "--fail", "--cacert", root, `https://${host}/api`);
        expect((JSON.parse(stdout) as Answer).client).toBe("10.240.0.1");
        expect(await redirectOf(address)).toBe(`https://${host}/`);
        const version = await curl(
          address,
          ...["--cacert", root, "--http2", "-o", "/dev/null", "-w", "%{http_version}"],
          `https://${host}/`,
        );
        expect(version.stdout).toBe("2");
      }
      expect(await plan()).toEqual([]);
    });
  });
}
