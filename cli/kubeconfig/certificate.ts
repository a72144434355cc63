import { X509Certificate } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import * as v from "valibot";
import { askAs, type Answer, type Ask } from "../lib/api.ts";
import type { Operator } from "../lib/operator.ts";

const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const signingRequest = v.looseObject({
  metadata: v.looseObject({ name: v.string() }),
  status: v.optional(
    v.looseObject({
      certificate: v.optional(v.string()),
      conditions: v.optional(
        v.array(v.looseObject({ type: v.string(), message: v.optional(v.string()) })),
      ),
    }),
  ),
});
type SigningRequest = v.InferOutput<typeof signingRequest>;

/** A certificate is signed by the controller manager, within a second where it is healthy. */
const timeoutMs = 30_000;

export interface Wanted {
  readonly user: string;
  readonly requestPem: string;
  readonly days: number;
}

/**
 * Has the cluster sign a request, which the operator makes and approves in one go.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 * @throws Error when the operator may not, or nobody signs
 */
export async function certificateFor(
  operator: Operator,
  { user, requestPem, days }: Wanted,
): Promise<{ readonly certificatePem: string; readonly end: Date }> {
  const ask = askAs(operator);
  const made = await accepted(
    ask("POST", path, {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { generateName: "kubeconfig-" },
      spec: {
        request: Buffer.from(requestPem).toString("base64"),
        signerName: "kubernetes.io/kube-apiserver-client",
        expirationSeconds: days * 24 * 3600,
        usages: ["client auth", "digital signature"],
      },
    }),
  );
  const { name } = made.metadata;
  const approved = {
    type: "Approved",
    status: "True",
    reason: "Kubeconfig",
    message: `npm run kubeconfig, for ${user}`,
  };
  await accepted(
    ask("PUT", `${path}/${name}/approval`, { ...made, status: { conditions: [approved] } }),
  );
  const certificatePem = await signed(ask, name);
  return { certificatePem, end: new X509Certificate(certificatePem).validToDate };
}

async function signed(ask: Ask, name: string): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const { status } = await accepted(ask("GET", `${path}/${name}`));
    if (status?.certificate !== undefined) {
      return Buffer.from(status.certificate, "base64").toString();
    }
    const refused = status?.conditions?.find(({ type }) => type !== "Approved");
    if (refused !== undefined) throw new Error(`${name}: ${refused.type}: ${refused.message}`);
    await setTimeout(200);
  }
  throw new Error(
    `${name}: nobody signed it within ${timeoutMs / 1000} s; is a kube-controller-manager healthy?`,
  );
}

/** @throws Error with what the API server said, when it is not the object */
async function accepted(answer: Promise<Answer>): Promise<SigningRequest> {
  const { status, body } = await answer;
  const read = v.safeParse(signingRequest, body);
  if (status < 300 && read.success) return read.output;
  const { message = `status ${status}` } = body as { message?: string };
  const hint =
    status === 401 || status === 403
      ? "; does the kubeconfig of the stack still have its rights? docs/people.md"
      : "";
  throw new Error(`the API server: ${message}${hint}`);
}
