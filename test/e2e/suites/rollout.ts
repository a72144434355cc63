import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edit, eventually, kubectl, plan, pulumi } from "../support/lab.ts";
import { acmeRoot, demoHost as host, demoNamespace, pollDemo } from "../support/demo.ts";
import { curl, ingressAddresses } from "../support/page.ts";

const title = "It works, the hard way.";
const newTitle = "It works, updated.";

/** A new page is brought, and taken back, while people look at it. */
export function rolloutSuite(): void {
  describe("an update of the demo", () => {
    let addresses: readonly string[] = [];
    let client: Awaited<ReturnType<typeof pollDemo>>;
    let undo: (() => void) | undefined;
    const pages = async () => {
      const root = await acmeRoot();
      const asked = addresses.flatMap((address) => [address, address]);
      return Promise.all(
        asked.map(async (at) => (await curl(at, "--cacert", root, `https://${host}/`)).stdout),
      );
    };

    beforeAll(async () => {
      addresses = await ingressAddresses();
      client = await pollDemo(addresses);
    });
    afterAll(() => undo?.());

    it("changes its files and its pods, and is served by all", async () => {
      undo = edit("assets/demo/index.html", (text) => text.replace(title, newTitle));
      expect(await plan()).toEqual(["update demo", "update demo"]);
      await pulumi("up", "--yes", "--skip-preview");
      for (const page of await pages()) expect(page).toContain(newTitle);
    });

    it("is taken back as it came", async () => {
      undo?.();
      undo = undefined;
      await pulumi("up", "--yes", "--skip-preview");
      for (const page of await pages()) expect(page).toContain(title);
    });

    it("is taken back by kubectl too, from the revision before", async () => {
      const of = ["-n", demoNamespace, "deployment/demo"];
      const rolledOut = () => kubectl("rollout", "status", "--timeout=120s", ...of);
      await kubectl("set", "env", ...of, "HARDWAY_E2E=1");
      await rolledOut();
      await kubectl("rollout", "undo", ...of);
      await rolledOut();
      expect(await kubectl("get", ...of, "-o", "yaml")).not.toContain("HARDWAY_E2E");
    });

    it("fails no request, all the while", async () => {
      await eventually(60, async () => {
        const pods = await kubectl("get", "pods", "-n", demoNamespace, "-o", "name");
        expect(pods.trim().split("\n")).toHaveLength(2);
      });
      const { answered, failed } = await client.stop();
      expect(failed).toEqual([]);
      expect(answered).toBeGreaterThan(100);
    });
  });
}
