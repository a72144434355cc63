import type * as pulumi from "@pulumi/pulumi";
import type { AddonArgs } from "./addon.ts";
import { NginxIngress } from "./nginx-ingress.ts";
import { Traefik } from "./traefik.ts";

/** What serves Ingresses; nothing else asks which one it is. */
export interface IngressController {
  /** Name of its IngressClass, which is the cluster's default. */
  readonly className: string;
  /** Ports 80 and 443 of every worker are served. */
  readonly ready: pulumi.Resource;
}

/** Installs the controller that the stack names. */
export function createIngress(
  args: AddonArgs,
  opts: pulumi.ComponentResourceOptions,
): IngressController {
  switch (args.spec.addons.ingress.controller) {
    case "nginx":
      return new NginxIngress("nginx-ingress", args, opts);
    case "traefik":
      return new Traefik("traefik", args, opts);
  }
}
