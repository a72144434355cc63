import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  apply,
  attempt,
  edit,
  editStack,
  eventually,
  get,
  kubectl,
  plan,
  pulumi,
  ssh,
} from "../support/lab.ts";
import { namespace, testPod } from "../support/objects.ts";
import type { Target } from "../support/target.ts";

const workers = ["worker-1", "worker-2"] as const;
const where = "e2e-kubelets";
const own = "/var/lib/kubelet/pki";
const files = {
  client: `${own}/kubelet-client-current.pem`,
  serving: `${own}/kubelet-server-current.pem`,
} as const;

/** Both certificates of a worker, by their serial numbers. */
const serials = (worker: string) =>
  ssh(
    worker,
    Object.values(files)
      .map((file) => `openssl x509 -noout -serial -in ${file}`)
      .join("; "),
  );

/** A pod on each worker, of which logs and exec are asked. */
async function putPods(): Promise<void> {
  const pod = (worker: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: worker, namespace: where },
    spec: { ...testPod(["sh", "-c", "echo it runs; exec sleep 100000"]), nodeName: worker },
  });
  await apply(namespace(where), ...workers.map(pod));
  await kubectl("wait", "-n", where, "pod", "--all", "--for=condition=Ready", "--timeout=60s");
}

/** What API server and metrics-server ask kubelets for, each of which verifies their certificates. */
async function askKubelets(): Promise<void> {
  for (const worker of workers) {
    expect(await kubectl("logs", "-n", where, worker)).toBe("it runs\n");
    expect(await kubectl("exec", "-n", where, worker, "--", "echo", "inside")).toBe("inside\n");
  }
}

async function expectNumbers(): Promise<void> {
  const said = await kubectl("top", "nodes");
  for (const worker of workers) expect(said).toContain(worker);
}

/**
 * A cluster whose kubelets ask for their certificates, with lives of minutes.
 * @param make - suites that make it from nothing
 */
export function selfRenewingSuite({ stack }: Target, make: () => void): void {
  const unit = "assets/units/kube-controller-manager.service";
  describe("kubelets that ask for their certificates, which live for six minutes", () => {
    let undo: (() => void) | undefined;
    beforeAll(() => {
      setCertificates(stack, "bootstrap");
      undo = edit(unit, (text) =>
        text.replace(
          "  --use-service-account",
          "  --cluster-signing-duration=6m \\\n  --use-service-account",
        ),
      );
    });
    afterAll(async () => {
      undo?.();
      await pulumi("up", "--yes", "--skip-preview");
    });

    make();

    it("have both, and nothing that was of use before", async () => {
      await putPods();
      for (const worker of workers) {
        const subject = await ssh(worker, `openssl x509 -noout -subject -in ${files.client}`);
        expect(subject).toContain(`CN = system:node:${worker}`);
        const names = await ssh(
          worker,
          `openssl x509 -noout -ext subjectAltName -in ${files.serving}`,
        );
        expect(names).toContain(`DNS:${worker}, IP Address:10.10.0.`);
        expect(await ssh(worker, "ls /etc/kubernetes/ /etc/kubernetes/pki")).not.toMatch(
          /bootstrap|kubelet\.(crt|key)/,
        );
      }
      const { items } = await get<{ items: { type: string }[] }>("secrets", "-n", "kube-system");
      expect(items.filter(({ type }) => type.endsWith("/token"))).toEqual([]);
    });

    it("serve logs, exec and numbers under certificates that verify", async () => {
      await askKubelets();
      await eventually(60, expectNumbers);
    });

    it.each([
      ["of another worker's name", "DNS:worker-2"],
      ["of an address that is not its own", "DNS:worker-1,IP:10.10.0.1"],
    ])("get no serving certificate %s", async (what, names) => {
      const name = `e2e-${what.replaceAll(/[^a-z]+/g, "-")}`;
      expect(await request(name, { asker: "worker-1", names })).toBe("");
      const event = [
        ...["events", "--field-selector"],
        `reason=NotApproved,involvedObject.name=${name}`,
      ];
      await eventually(30, async () => {
        expect((await get<{ items: object[] }>(...event)).items).toHaveLength(1);
      });
      const { status } = await get<{ status: { conditions?: object[]; certificate?: string } }>(
        ...["csr", name],
      );
      expect(status.conditions ?? []).toEqual([]);
      expect(status.certificate).toBeUndefined();
    });

    it("may not even ask in the name of another worker", async () => {
      const said = await request("e2e-other", { asker: "worker-2", names: "DNS:worker-1" });
      expect(said).toContain("can only create a node CSR with CN=system:node:worker-2");
    });

    it("renew both, while logs, exec and numbers go on", { timeout: 600_000 }, async () => {
      const before = await Promise.all(workers.map(serials));
      const isRenewed = async () => {
        const now = await Promise.all(workers.map(serials));
        return now.every((lines, index) =>
          lines
            .split("\n")
            .every((line, row) => line === "" || line !== before[index]?.split("\n")[row]),
        );
      };
      const deadline = Date.now() + 480_000;
      let asked = 0;
      while (!(await isRenewed())) {
        if (Date.now() > deadline) throw new Error(`not renewed in 8 minutes: ${before.join("")}`);
        await askKubelets();
        await expectNumbers();
        asked += 1;
      }
      expect(asked).toBeGreaterThan(3);
      await askKubelets();
    });

    it("leave nothing for Pulumi to do after that", async () => {
      expect(await plan()).toEqual([]);
    });
  });
}

/** Who issues the certificates of a living cluster's kubelets changes with one edit. */
export function moveKubeletsSuite({ stack }: Target, to: "bootstrap" | "pulumi"): void {
  describe(`kubelets of a living cluster: certificates: ${to}`, () => {
    const paths = to === "bootstrap" ? Object.values(files) : ["/etc/kubernetes/pki/kubelet.crt"];
    beforeAll(async () => {
      await putPods();
      setCertificates(stack, to);
      await pulumi("up", "--yes", "--skip-preview");
    });

    it("have the certificates of their new issuer", async () => {
      for (const worker of workers) for (const path of paths) await ssh(worker, `test -s ${path}`);
    });

    it("serve logs, exec and numbers", async () => {
      await askKubelets();
      await eventually(60, expectNumbers);
    });

    it("leave nothing to do", async () => {
      expect(await plan()).toEqual([]);
    });
  });
}

function setCertificates(stack: string, certificates: "bootstrap" | "pulumi"): () => void {
  return editStack(stack, (values) => ({ ...values, "hardway:kubelet": { certificates } }));
}

/**
 * Asks for a serving certificate of worker-1 as the kubelet of a worker.
 * @returns why it may not ask; empty when it may
 */
async function request(
  name: string,
  { asker, names }: { readonly asker: string; readonly names: string },
): Promise<string> {
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null";
  const subject = "/O=system:nodes/CN=system:node:worker-1";
  const pem = await ssh(
    asker,
    `openssl req -new ${key} -subj '${subject}' -addext 'subjectAltName=${names}' 2>/dev/null`,
  );
  const object = {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString("base64"),
      signerName: "kubernetes.io/kubelet-serving",
      usages: ["digital signature", "server auth"],
    },
  };
  const groups = ["nodes", "authenticated"].map((group) => `--as-group=system:${group}`);
  const as = [`--as=system:node:${asker}`, ...groups];
  const { stderr } = await attempt(["kubectl", "create", ...as, "-f", "-"], JSON.stringify(object));
  return stderr;
}
