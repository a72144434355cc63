import * as pulumi from "@pulumi/pulumi";
import type { Manifests } from "../facts/artifacts.ts";
import { areRotated } from "../facts/keys.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import { AcmeIssuer } from "./acme-issuer.ts";
import type { ClusterName } from "../providers/machine.ts";
import type { AddonArgs } from "./addon.ts";
import { CertManager } from "./cert-manager.ts";
import { CoreDns } from "./coredns.ts";
import { Demo } from "./demo.ts";
import { createIngress } from "./ingress.ts";
import { MetricsServer } from "./metrics-server.ts";
import { PublishedTrust } from "./published-trust.ts";

export interface AddonsArgs extends AddonArgs {
  /** What `spec.artifacts.manifests` lists. */
  readonly manifests: Manifests;
  readonly pki: Pick<ClusterPki, "metricsServer" | "kubernetes" | "frontProxy">;
  /** Secret. The cluster admin's. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Of the demo page; undefined where its record is not the cluster's to make. */
  readonly demoName: ClusterName | undefined;
}

/**
 * Every add-on that the stack has on, in the order in which they need each other; the pod network, which `after` waits for, is
 * there already. No resource of its own: the add-ons are children of the cluster, so that a URN says which and nothing else.
 */
export class Addons {
  /** Address of the demo page, once it is served; undefined without it. */
  readonly demoUrl: pulumi.Output<string> | undefined;
  /** Cluster DNS, once it answers; none without it. */
  readonly dns: readonly pulumi.Resource[];
  /** What is there when all of them are. */
  readonly ready: readonly pulumi.Resource[];

  constructor(args: AddonsArgs, opts: pulumi.ComponentResourceOptions) {
    const { spec, manifests, pki, kubeconfig, demoName, namespaces, after } = args;
    const { coredns, metricsServer, ingress, certManager, acme, demo } = spec.addons;
    const common = { spec, namespaces, after };

    this.dns = coredns.isEnabled ? [new CoreDns("coredns", common, opts).ready] : [];
    const ready = [...this.dns];
    this.ready = ready;
    if (areRotated(spec.keys)) ready.push(new PublishedTrust("published-trust", pki, opts).written);
    if (metricsServer.isEnabled && pki.metricsServer !== null) {
      const metrics = { ...common, keys: pki.metricsServer };
      ready.push(new MetricsServer("metrics-server", metrics, opts).ready);
    }
    const controller = ingress.isEnabled ? createIngress(common, opts) : null;
    const crds = manifests["cert-manager-crds"] ?? "";
    const issuing = certManager.isEnabled
      ? new CertManager("cert-manager", { ...common, crds }, opts)
      : null;
    if (controller !== null) ready.push(controller.ready);
    if (issuing !== null) ready.push(issuing.ready);
    if (acme === null || controller === null || issuing === null) return;
    const ingressClass = controller.className;
    const issuer = new AcmeIssuer(
      "acme",
      { acme, kubeconfig, ingressClass, after: issuing.ready },
      opts,
    );
    if (demo === null) return;
    const page = new Demo(
      "demo",
      {
        ...common,
        host: demo.host,
        servedName: demoName,
        kubeconfig,
        ingressClass,
        issuer: { name: issuer.issuerName, ready: issuer.ready },
      },
      opts,
    );
    const served = pulumi.all([...page.ready, controller.ready].map((part) => part.urn));
    this.demoUrl = served.apply(() => `https://${demo.host}`);
  }
}
