import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { keyNames } from "../../../components/facts/keys.ts";
import { pollDemo, type Polled } from "../support/demo.ts";
import { etcdctl } from "../support/etcd.ts";
import {
  attempt,
  editStack,
  eventually,
  killedWhen,
  kubectl,
  lab,
  plan,
  pulumi,
  run,
  ssh,
} from "../support/lab.ts";
import { ingressAddresses } from "../support/page.ts";
import type { Target } from "../support/target.ts";

const secret = { namespace: "default", name: "e2e-secret", word: "of-the-old-key" } as const;

/** Every key of the cluster is changed in two edits, and nobody is cut off between. */
export function keysSuite({ stack }: Target): void {
  const setKeys = (kept: readonly number[]) => {
    const keys = Object.fromEntries(keyNames.map((name) => [name, { kept, inUse: 2 }]));
    editStack(stack, (values) => ({ ...values, "hardway:keys": keys }));
  };
  const old = join(lab.stateDir, "old.kubeconfig");
  const fresh = join(lab.stateDir, "new.kubeconfig");
  const saveKubeconfig = async (path: string) => {
    const text = await pulumi("stack", "output", "--show-secrets", "kubeconfig");
    writeFileSync(path, text, { mode: 0o600 });
  };
  const reaches = async (path: string) =>
    (await attempt(["kubectl", `--kubeconfig=${path}`, "get", "namespaces"])).code === 0;
  /** A token that says who it is, whoever signed it. */
  const isKnown = async (token: string) => {
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
    const said = await run(["kubectl", "create", "-o", "json", "-f", "-"], JSON.stringify(review));
    return (JSON.parse(said) as { status: { authenticated?: boolean } }).status.authenticated;
  };
  const inEtcd = () => {
    const path = `/registry/secrets/${secret.namespace}/${secret.name}`;
    return etcdctl("master-1", `get --print-value-only ${path} | head -c 32`);
  };
  const client: { polled?: Polled } = {};
  let token = "";

  /** One edit and its `up` under a client of the page that tries both addresses: ingress pods restart one after the other. */
  const underLoad = async (change: () => Promise<unknown>) => {
    const polling = await pollDemo([(await ingressAddresses()).join(" ")]);
    try {
      await change();
    } finally {
      client.polled = await polling.stop();
    }
  };

  describe("all keys of the cluster, first edit: new ones in use, old ones trusted", () => {
    beforeAll(async () => {
      await saveKubeconfig(old);
      const literal = `--from-literal=word=${secret.word}`;
      await kubectl("create", "secret", "generic", secret.name, literal);
      token = (await kubectl("create", "token", "default", "--duration=1h")).trim();
      setKeys([1, 2]);
      await underLoad(async () => {
        // In the middle: one service has both, others have not.
        await killedWhen(["pulumi", "up", "--yes", "--skip-preview"], async () => {
          await ssh("master-1", "test $(grep -c BEGIN /etc/etcd/pki/ca.crt) = 2");
        });
        await run(["up"]);
      });
      await saveKubeconfig(fresh);
    }, 900_000);

    it("cost the page no request, though the first run was killed", () => {
      expect(client.polled?.failed).toEqual([]);
      expect(client.polled?.answered).toBeGreaterThan(50);
    });

    it("leave old and new clients in", async () => {
      expect(await reaches(old)).toBe(true);
      expect(await reaches(fresh)).toBe(true);
      expect(await isKnown(token)).toBe(true);
    });

    it("have every Secret in etcd encrypted with the new key, and none lost", async () => {
      expect(await inEtcd()).toMatch(/^k8s:enc:secretbox:v1:key-2:/);
      const word = ["get", "secret", secret.name, "-o", "jsonpath={.data.word}"];
      expect(Buffer.from(await kubectl(...word), "base64").toString()).toBe(secret.word);
    });

    it("serve logs, exec, metrics and webhooks", expectEverythingServed);

    it("leave nothing to do", async () => {
      expect(await plan()).toEqual([]);
    });
  });

  describe("all keys of the cluster, second edit: the old ones are gone", () => {
    beforeAll(async () => {
      setKeys([2]);
      await underLoad(() => run(["up"]));
    }, 900_000);

    it("costs the page no request", () => {
      expect(client.polled?.failed).toEqual([]);
    });

    it("refuses what the old ones signed, everywhere", async () => {
      expect(await reaches(fresh)).toBe(true);
      expect(await reaches(old)).toBe(false);
      expect(await isKnown(token)).not.toBe(true);
      const { stderr } = await attempt(["kubectl", `--kubeconfig=${old}`, "get", "namespaces"]);
      expect(stderr).toMatch(
        /certificate signed by unknown authority|unknown certificate authority/,
      );
    });

    it("serves logs, exec, metrics and webhooks", expectEverythingServed);

    it("leaves nothing to do", async () => {
      expect(await plan()).toEqual([]);
    });
  });
}

/** What goes through each of the authorities. */
async function expectEverythingServed(): Promise<void> {
  const pod = ["-n", "kube-system", "deployment/coredns"];
  expect(await kubectl("logs", "--tail=1", ...pod)).not.toBe("");
  await eventually(60, async () => {
    expect(await kubectl("top", "nodes")).toContain("worker-1");
  });
  // cert-manager's webhook is asked, and says no
  const bad = {
    apiVersion: "cert-manager.io/v1",
    kind: "Issuer",
    metadata: { name: "e2e-bad", namespace: "default" },
    spec: {},
  };
  const { code, stderr } = await attempt(["kubectl", "create", "-f", "-"], JSON.stringify(bad));
  expect(code).toBe(1);
  expect(stderr).toContain("admission webhook");
}
