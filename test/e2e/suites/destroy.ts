import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listLeftovers } from "../../../lab/machines/destroy.ts";
import { attempt, lab, pulumi, run, ssh } from "../support/lab.ts";

interface Tagged {
  droplets?: unknown[];
  firewalls?: { name: string }[];
  vpcs?: { name: string }[];
  ssh_keys?: { name: string }[];
  tags?: { name: string }[];
}

const cloud = async (path: string) =>
  JSON.parse(
    await run([
      "lab",
      "exec",
      "sh",
      "-c",
      `curl -sf -H "Authorization: Bearer $DIGITALOCEAN_TOKEN" http://10.240.0.1:8000/v2/${path}`,
    ]),
  ) as Tagged;

/** The end: nothing is left. */
export function destroySuite(): void {
  describe("pulumi destroy", () => {
    it("does not wait for a dead API server", async () => {
      await ssh("master-1", "systemctl stop kube-apiserver etcd");
      await pulumi("destroy", "--yes", "--skip-preview");
    });

    it("leaves nothing with the cluster's tag in the cloud", async () => {
      expect((await cloud("droplets?tag_name=hardway-dev")).droplets).toEqual([]);
      const ours = (all: { name: string }[] | undefined) =>
        all?.filter(({ name }) => name.startsWith("hardway-dev")) ?? [];
      expect(ours((await cloud("firewalls")).firewalls)).toEqual([]);
      expect(ours((await cloud("vpcs")).vpcs)).toEqual([]);
      expect(ours((await cloud("account/keys")).ssh_keys)).toEqual([]);
      expect(ours((await cloud("tags")).tags)).toEqual([]);
    });

    it("leaves nothing in state", async () => {
      const { deployment } = JSON.parse(await pulumi("stack", "export")) as {
        deployment: { resources?: { type: string }[] };
      };
      const left = (deployment.resources ?? []).filter(
        ({ type }) => type !== "pulumi:pulumi:Stack",
      );
      expect(left).toEqual([]);
    });
  });

  describe("npm run down", () => {
    it("leaves nothing running, mounted or in state", async () => {
      expect((await attempt(["down"])).code).toBe(0);
      expect(await listLeftovers(lab)).toEqual({
        processes: [],
        mounts: [],
        namespaces: [],
        cgroups: [],
      });
      expect(existsSync(lab.stateDir)).toBe(false);
    });
  });
}
