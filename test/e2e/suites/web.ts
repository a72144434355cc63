import { beforeAll, describe, expect, it } from "vitest";
import { eventually, get, kubectl, plan, run } from "../support/lab.ts";
import { acmeRoot, demoHost as host, demoNamespace, pollDemo } from "../support/demo.ts";
import { curl, ingressAddresses, redirectOf, type Answer } from "../support/page.ts";

/** A page over HTTPS: ingress, certificate, metrics. */
export function webSuite(): void {
  describe("the demo's page", () => {
    let addresses: readonly string[] = [];
    let root = "";
    const api = async (address: string) =>
      JSON.parse((await curl(address, "--cacert", root, `https://${host}/api`)).stdout) as Answer;

    beforeAll(async () => {
      addresses = await ingressAddresses();
      root = await acmeRoot();
    });

    it("is at an address on each worker", () => {
      expect(addresses).toHaveLength(2);
    });

    it("sends HTTP on to HTTPS", async () => {
      for (const address of addresses) {
        expect(await redirectOf(address)).toBe(`https://${host}/`);
      }
    });

    it("has a certificate that verifies against the ACME server's root, and no other", async () => {
      for (const address of addresses) {
        const page = await curl(address, "--fail", "--cacert", root, `https://${host}/`);
        expect(page.stdout).toContain("<html");
        const unknownToCurl = await curl(address, `https://${host}/`);
        expect(unknownToCurl.code).toBe(60);
      }
    });

    it("is answered by both replicas, and sees the client's own address", async () => {
      const answers = await Promise.all([...addresses, ...addresses, ...addresses].map(api));
      expect(new Set(answers.map(({ pod }) => pod)).size).toBe(2);
      expect(new Set(answers.map(({ client }) => client))).toEqual(new Set(["10.240.0.1"]));
    });

    it("does not lend its certificate to an unknown host", async () => {
      const certificate = await run([
        "lab",
        "exec",
        "sh",
        "-c",
        `openssl s_client -connect ${addresses[0] ?? ""}:443 -servername other.lab.test </dev/null 2>/dev/null |
           openssl x509 -noout -ext subjectAltName 2>/dev/null || true`,
      ]);
      expect(certificate).not.toContain(host);
    });

    it("gets a new certificate when told to, without one failed request", async () => {
      const serial = async () => {
        const { data } = await get<{ data: Record<string, string> }>(
          "secret",
          "-n",
          demoNamespace,
          "demo-tls",
        );
        return data["tls.crt"];
      };
      const before = await serial();
      const client = await pollDemo(addresses);
      const condition = {
        type: "Issuing",
        status: "True",
        reason: "ManuallyTriggered",
        message: "e2e",
      };
      await kubectl(
        "patch",
        "certificate",
        "demo",
        "-n",
        demoNamespace,
        "--subresource=status",
        "--type=merge",
        "-p",
        JSON.stringify({
          status: { conditions: [{ ...condition, lastTransitionTime: new Date().toISOString() }] },
        }),
      );
      await eventually(120, async () => {
        expect(await serial()).not.toBe(before);
      });
      const { answered, failed } = await client.stop();
      expect(failed).toEqual([]);
      expect(answered).toBeGreaterThan(10);
    });

    it("leaves nothing for Pulumi to do after that", async () => {
      expect(await plan()).toEqual([]);
    });
  });

  describe("metrics", () => {
    it("of nodes and pods are measured", async () => {
      await eventually(60, async () => {
        expect(await kubectl("top", "nodes")).toContain("worker-1");
        expect(await kubectl("top", "pods", "-n", "kube-system")).toContain("coredns");
      });
    });
  });
}
