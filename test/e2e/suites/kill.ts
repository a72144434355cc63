import { describe, expect, it } from "vitest";
import { get, killedWhen, plan, pulumi, run, storedState } from "../support/lab.ts";
import { devTarget } from "../support/target.ts";

/** Five moments of a first `up`, each known by a resource that has just been made or begun. */
const moments = [
  ["while the first certificates are made", "PrivateKey::ssh-login"],
  ["while machines boot", "firewall:Firewall::firewall-nodes"],
  ["while programs are downloaded", "Command::master-1-host"],
  ["while the API server starts", "Command::master-1-etcd"],
  ["while add-ons become ready", "ServiceAccount::coredns"],
] as const;

/** `pulumi up` may be killed at any moment: the next one goes on. */
export function killSuite(): void {
  describe("npm run up, killed", () => {
    it.each(moments)("%s, leaves something to go on from", async (_, resource) => {
      await killedWhen(["up"], () => {
        expect(storedState()).toContain(resource);
        return Promise.resolve();
      });
      await get("--raw=/").catch(() => undefined); // the lab still answers commands, whatever they say
    });

    it("converges in the end, with every machine once", async () => {
      await run(["up"]);
      expect(await plan()).toEqual([]);
      const machines = await devTarget.cloud.machines();
      expect(machines.map(({ name }) => name).sort()).toEqual(["master-1", "worker-1", "worker-2"]);
    });

    it("leaves an empty cloud after destroy", async () => {
      await pulumi("destroy", "--yes", "--skip-preview");
    });
  });
}
