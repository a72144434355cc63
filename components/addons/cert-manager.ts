import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../facts/artifacts.ts";
import type { AddonArgs } from "./addon.ts";
import { grantController, grantInjector, grantWebhook } from "./cert-manager-access.ts";
import { createDefinitions } from "./cert-manager-crds.ts";
import { certManagerNamespace as namespace, runPart } from "./cert-manager-parts.ts";
import { notValidated, probeWebhook } from "./cert-manager-probe.ts";
import { registerWebhooks } from "./cert-manager-webhooks.ts";

export interface CertManagerArgs extends AddonArgs {
  /** YAML of its kinds, from the release that the artifact lock names. */
  readonly crds: string;
}

/**
 * cert-manager: certificates as objects of the cluster, got and renewed by itself. Its flags are those that both 1.11 and 1.21 know.
 * @see https://cert-manager.io/docs/
 */
export class CertManager extends pulumi.ComponentResource {
  /** Its kinds exist and its webhook answers the API server. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: CertManagerArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:CertManager", name, {}, opts);
    const { spec, crds, namespaces, after } = args;
    const { images } = spec.artifacts;
    const [webhookName, injectorName] = [`${name}-webhook`, `${name}-cainjector`];
    const child = { parent: this };
    const home = namespaces.create(
      name,
      {
        title: namespace,
        labels: { "pod-security.kubernetes.io/enforce": "restricted", ...notValidated },
      },
      child,
    );
    const inside = { parent: this, dependsOn: [home] };
    // Nor are the kinds of somebody else's cert-manager ours.
    const kinds = createDefinitions(crds, inside);
    const [account, webhookAccount, injectorAccount] = [name, webhookName, injectorName].map(
      (id) => new ServiceAccount(id, { metadata: { name: id, namespace } }, inside),
    ) as [ServiceAccount, ServiceAccount, ServiceAccount];

    const controller = runPart(
      {
        name,
        image: "cert-manager-controller",
        args: controllerArgs(imageNamed(images, "cert-manager-acmesolver")),
        memoryMib: 96,
      },
      images,
      {
        parent: this,
        dependsOn: [account, ...kinds, ...grantController(name, child), ...after],
      },
    );
    const webhook = runPart(
      {
        name: webhookName,
        image: "cert-manager-webhook",
        args: webhookArgs(webhookName),
        memoryMib: 48,
        ports: [
          { name: "https", containerPort: 10250 },
          { name: "health", containerPort: 6080 },
        ],
        probes: { ready: "/healthz", live: "/livez" },
      },
      images,
      {
        parent: this,
        dependsOn: [webhookAccount, ...grantWebhook(webhookName, child, inside), ...after],
      },
    );
    const injector = runPart(
      {
        name: injectorName,
        image: "cert-manager-cainjector",
        // Only its own namespace has Secrets that it needs to see.
        args: ["--leader-elect=false", `--namespace=${namespace}`],
        memoryMib: 72,
      },
      images,
      {
        parent: this,
        dependsOn: [
          injectorAccount,
          ...kinds,
          ...grantInjector(injectorName, child, inside),
          ...after,
        ],
      },
    );
    const service = new Service(
      webhookName,
      {
        metadata: {
          name: webhookName,
          namespace,
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          selector: { app: webhookName },
          ports: [{ name: "https", port: 443, targetPort: "https" }],
        },
      },
      inside,
    );
    const registered = registerWebhooks(webhookName, {
      parent: this,
      dependsOn: [service],
    });
    this.ready = probeWebhook(`${name}-probe`, {
      parent: this,
      dependsOn: [...kinds, controller, webhook, injector, ...registered],
    });
  }
}

function controllerArgs(solverImage: string): string[] {
  return [
    "--leader-elect=false",
    "--cluster-resource-namespace=$(POD_NAMESPACE)",
    `--acme-http01-solver-image=${solverImage}`,
    "--acme-http01-solver-resource-request-cpu=10m",
    "--acme-http01-solver-resource-request-memory=16Mi",
    "--acme-http01-solver-resource-limits-cpu=100m",
    "--acme-http01-solver-resource-limits-memory=32Mi",
    // Despite its name also how soon a challenge is looked at again over HTTP; ten seconds without it.
    "--dns01-check-retry-period=1s",
  ];
}

/** It makes its own authority and certificate, and keeps them in a Secret. */
function webhookArgs(name: string): string[] {
  const names = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`];
  return [
    "--secure-port=10250",
    "--dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)",
    `--dynamic-serving-ca-secret-name=${name}-ca`,
    `--dynamic-serving-dns-names=${names.join(",")}`,
  ];
}
