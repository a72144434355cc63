import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, attempt, kubectl, ssh } from "../support/lab.ts";
import { namespace, testPod } from "../support/objects.ts";

const where = "e2e-metadata";
const node = "worker-1";
const url = "http://169.254.169.254/";
const word = "user-data-of-this-machine";

// The lab's cloud has no metadata service: one stands in, beyond an interface of the machine as the real one is.
const serve = `
  ip netns add e2e-metadata
  ip link add e2e-md type veth peer name md0 netns e2e-metadata
  ip addr add 169.254.169.1/24 dev e2e-md
  ip link set e2e-md up
  ip netns exec e2e-metadata sh -c '
    ip addr add 169.254.169.254/24 dev md0; ip link set md0 up; ip link set lo up
    ip route add default via 169.254.169.1'
  mkdir -p /run/e2e-metadata && echo ${word} >/run/e2e-metadata/index.html
  systemd-run --quiet --unit e2e-metadata ip netns exec e2e-metadata \\
    python3 -m http.server --directory /run/e2e-metadata --bind 169.254.169.254 80`;
const end = `
  systemctl stop e2e-metadata; ip link delete e2e-md; ip netns delete e2e-metadata; rm -r /run/e2e-metadata; true`;

/** What a cloud tells a machine about itself is not for its pods: it holds the SSH host key. */
export function metadataSuite(): void {
  describe("the cloud's metadata service", () => {
    const rule = "iptables --wait --table raw";
    const block = "PREROUTING --destination 169.254.169.254 --jump DROP";
    const fromPod = () =>
      attempt(["kubectl", "exec", "-n", where, "client", "--", "curl", "-sf", "-m", "3", url]);

    beforeAll(async () => {
      await ssh(node, serve);
      const pod = { ...testPod(["sleep", "infinity"]), nodeName: node };
      await apply(namespace(where), {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "client", namespace: where },
        spec: pod,
      });
      await kubectl("wait", "-n", where, "pod/client", "--for=condition=Ready", "--timeout=60s");
    });
    afterAll(async () => {
      await ssh(node, end);
      await kubectl("delete", "namespace", where, "--wait=false");
    });

    it("answers the machine itself", async () => {
      const said = await ssh(
        node,
        `curl -sf -m 5 --retry 20 --retry-delay 1 --retry-connrefused ${url}`,
      );
      expect(said.trim()).toBe(word);
    });

    it("does not answer a pod", async () => {
      const { code, stdout } = await fromPod();
      expect(code).not.toBe(0);
      expect(stdout).not.toContain(word);
    });

    it("would answer it without our rule", async () => {
      await ssh(node, `${rule} --delete ${block}`);
      try {
        expect((await fromPod()).stdout).toContain(word);
      } finally {
        await ssh(node, `${rule} --insert ${block}`);
      }
    });
  });
}
