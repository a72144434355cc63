import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type * as pulumi from "@pulumi/pulumi";
import { imageNamed, type ImageRef } from "../facts/artifacts.ts";
import { restrictedContainer, restrictedPod } from "./addon.ts";

export const certManagerNamespace = "cert-manager";

const user = 65532;

/** One of cert-manager's three programs. */
export interface Part {
  /** Name of its Deployment, service account and image. */
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  /** Most memory that Go's collector aims at, MiB; the limit is a third above. */
  readonly memoryMib: number;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  /** Path of its health at the port `health`; null when it has none. */
  readonly probes?: { readonly ready: string; readonly live: string };
}

/**
 * Runs one of cert-manager's programs. There is one pod of each, so that none needs to elect a leader: an old one ends before
 * a new one starts.
 */
export function runPart(
  { name, image, args, memoryMib, ports = [], probes }: Part,
  images: readonly ImageRef[],
  opts: pulumi.CustomResourceOptions,
): Deployment {
  const labels = { app: name };
  const probe = (path: string) => ({ httpGet: { path, port: "health" }, periodSeconds: 2 });
  return new Deployment(
    name,
    {
      metadata: { name, namespace: certManagerNamespace, labels },
      spec: {
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            enableServiceLinks: false,
            securityContext: restrictedPod(user),
            containers: [
              {
                name,
                image: imageNamed(images, image),
                args: ["--v=2", ...args],
                ports: [...ports],
                env: [
                  {
                    name: "POD_NAMESPACE",
                    valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
                  },
                  { name: "GOMEMLIMIT", value: `${memoryMib}MiB` },
                ],
                ...(probes === undefined
                  ? {}
                  : {
                      readinessProbe: probe(probes.ready),
                      livenessProbe: { ...probe(probes.live), initialDelaySeconds: 60 },
                    }),
                resources: {
                  requests: { cpu: "10m", memory: `${Math.round(memoryMib / 2)}Mi` },
                  limits: { memory: `${Math.round((memoryMib * 4) / 3)}Mi` },
                },
                securityContext: restrictedContainer,
              },
            ],
          },
        },
      },
    },
    opts,
  );
}
