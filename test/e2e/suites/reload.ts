import { beforeAll, describe, expect, it } from "vitest";
import { acmeRoot, demoHost as host, publicAddresses } from "../support/demo.ts";
import { eventually, plan, ssh } from "../support/lab.ts";
import { curl } from "../support/page.ts";

const node = "worker-1";

/** What `systemctl reload nftables` does on a host with rules of its own. */
const flush = `
  if command -v nft >/dev/null; then nft flush ruleset; else
    for table in raw mangle nat filter; do iptables -t $table -F; iptables -t $table -X; done
  fi`;

/** A host's firewall is its owner's, and is loaded again now and then: nothing of ours may stay away. */
export function reloadSuite(): void {
  describe("a reload of a worker's firewall", () => {
    let address = "";
    let root = "";
    const served = () =>
      curl(address, "--fail", "-m", "2", "--cacert", root, `https://${host}/healthz`);

    beforeAll(async () => {
      address = (await publicAddresses())[node] ?? "";
      root = await acmeRoot();
      expect((await served()).code).toBe(0);
      await ssh(node, flush);
    });

    it("takes the way to the ingress pod away, though that stays Ready", async () => {
      expect((await curl(address, "-m", "1", `http://${host}/`)).code).not.toBe(0);
    });

    it("is followed by the page at the same address within half a minute", async () => {
      await eventually(30, async () => {
        expect((await served()).code).toBe(0);
      });
    });

    it("is followed by the block of the metadata service", async () => {
      await eventually(30, async () => {
        expect(await ssh(node, "iptables --wait --table raw --list-rules PREROUTING")).toContain(
          "169.254.169.254",
        );
      });
    });

    it("leaves nothing for Pulumi to do", async () => {
      expect(await plan()).toEqual([]);
    });
  });
}
