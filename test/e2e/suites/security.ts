import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../../lab/lib/exec.ts";
import { etcdctl } from "../support/etcd.ts";
import { apply, attempt, eventually, kubectl } from "../support/lab.ts";
import { labels, namespace, testPod } from "../support/objects.ts";

/** A key and a certificate for the name under which the API server calls the webhook. */
async function certificateFor(dnsName: string): Promise<{ cert: string; key: string }> {
  const dir = mkdtempSync(join(tmpdir(), "hardway-webhook-"));
  const [cert, key] = [join(dir, "tls.crt"), join(dir, "tls.key")];
  const args = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await exec("openssl", [
    "req",
    ...args,
    "-days",
    "2",
    "-subj",
    `/CN=${dnsName}`,
    "-addext",
    `subjectAltName=DNS:${dnsName}`,
    "-keyout",
    key,
    "-out",
    cert,
  ]);
  return { cert: readFileSync(cert, "base64"), key: readFileSync(key, "base64") };
}

/** Secrets at rest, and the API server's way to pods. */
export function securitySuite(): void {
  describe("secrets", () => {
    afterAll(() => kubectl("delete", "secret", "e2e-at-rest"));

    it("are encrypted in etcd", async () => {
      await kubectl("create", "secret", "generic", "e2e-at-rest", "--from-literal=word=xylophone");
      const stored = await etcdctl(
        "master-1",
        "get --print-value-only /registry/secrets/default/e2e-at-rest | tr -cd '[:print:]'",
      );
      expect(stored).toContain("k8s:enc:secretbox:v1:key-1");
      expect(stored).not.toContain("xylophone");
    });
  });

  describe("etcd", () => {
    it("refuses clients without a certificate of its own authority", async () => {
      const refused = await attempt([
        "lab",
        "ssh",
        "master-1",
        "curl -sk -m 5 https://127.0.0.1:2379/version",
      ]);
      expect(refused.code).not.toBe(0);
    });
  });

  describe("a validating webhook in a pod", () => {
    const where = "e2e-webhook";
    beforeAll(async () => {
      const { cert, key } = await certificateFor(`webhook.${where}.svc`);
      await apply(
        namespace(where),
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "tls", namespace: where },
          type: "kubernetes.io/tls",
          data: { "tls.crt": cert, "tls.key": key },
        },
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "webhook", namespace: where, labels: labels("webhook") },
          spec: {
            ...testPod(["testserver", "-cert", "/tls/tls.crt", "-key", "/tls/tls.key"], {
              volumeMounts: [{ name: "tls", mountPath: "/tls" }],
              readinessProbe: { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 },
            }),
            volumes: [{ name: "tls", secret: { secretName: "tls" } }],
          },
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "webhook", namespace: where },
          spec: { selector: labels("webhook"), ports: [{ port: 443, targetPort: 8443 }] },
        },
      );
      await kubectl("wait", "-n", where, "pod/webhook", "--for=condition=Ready", "--timeout=60s");
      await apply({
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "e2e-webhook" },
        webhooks: [
          {
            name: "deny.e2e.hardway.dev",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            timeoutSeconds: 5,
            clientConfig: {
              service: { name: "webhook", namespace: where, path: "/deny" },
              caBundle: cert,
            },
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": where } },
            rules: [
              {
                apiGroups: [""],
                apiVersions: ["v1"],
                operations: ["CREATE"],
                resources: ["configmaps"],
              },
            ],
          },
        ],
      });
    });
    afterAll(async () => {
      await kubectl("delete", "validatingwebhookconfiguration", "e2e-webhook");
      await kubectl("delete", "namespace", where, "--wait=false");
    });

    it("is called by an API server on a machine without kubelet and kube-proxy", async () => {
      await eventually(10, async () => {
        const { code, stderr } = await attempt([
          "kubectl",
          "create",
          "configmap",
          "-n",
          where,
          "refused",
        ]);
        expect(code).toBe(1);
        expect(stderr).toContain('admission webhook "deny.e2e.hardway.dev" denied the request');
      });
    });
  });
}
