import * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../facts/artifacts.ts";
import { grantInCluster, read } from "./access.ts";
import { restrictedContainer, restrictedPod, type AddonArgs } from "./addon.ts";
import { ingressNamespace, ingressPod, runController } from "./ingress-parts.ts";

const namespace = ingressNamespace.title;
const user = 65532;

/** Only a request that no pod has got yet is sent again. @see https://doc.traefik.io/traefik/middlewares/http/retry/ */
const middlewares = "http: { middlewares: { retry: { retry: { attempts: 3 } } } }\n";

/**
 * Traefik on ports 80 and 443 of every worker, for plain Ingresses only. Port 80 sends everybody to HTTPS, the certificate
 * authority's checks included, which follow.
 * @see https://doc.traefik.io/traefik/providers/kubernetes-ingress/
 */
export class Traefik extends pulumi.ComponentResource {
  readonly className = "traefik";
  readonly ready: pulumi.Resource;

  constructor(name: string, args: AddonArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:Traefik", name, {}, opts);
    this.ready = runController(
      name,
      {
        className: this.className,
        servedBy: "traefik.io/ingress-controller",
        config: { "middlewares.yaml": middlewares },
        grantAccess: (child) => grantAccess(name, child),
        pod: podSpec(name, args),
        namespaces: args.namespaces,
        after: args.after,
      },
      { parent: this },
    );
    this.registerOutputs({ className: this.className });
  }
}

function grantAccess(name: string, child: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const rules = [
    { apiGroups: [""], resources: ["services", "secrets", "nodes"], verbs: read },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
    { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "ingressclasses"], verbs: read },
  ];
  return grantInCluster(name, { to: [{ name, namespace }], rules }, child);
}

function podSpec(name: string, { spec }: AddonArgs) {
  return {
    ...ingressPod,
    serviceAccountName: name,
    securityContext: restrictedPod(user),
    containers: [
      {
        name,
        image: imageNamed(spec.artifacts.images, "traefik"),
        args: [
          "--entrypoints.web.address=:8000",
          "--entrypoints.web.http.redirections.entrypoint.to=:443",
          "--entrypoints.web.http.redirections.entrypoint.scheme=https",
          "--entrypoints.websecure.address=:8443",
          "--entrypoints.websecure.http.tls=true",
          // A pod that must go keeps answering while others notice.
          "--entrypoints.web.transport.lifecycle.requestacceptgracetimeout=3s",
          "--entrypoints.websecure.transport.lifecycle.requestacceptgracetimeout=3s",
          "--entrypoints.traefik.address=:9000",
          "--ping=true",
          // A pod on a worker that has just died does not answer: another is asked, until the cluster has noticed. A connection
          // that was kept would hang instead.
          "--serverstransport.forwardingtimeouts.dialtimeout=1s",
          "--serverstransport.maxidleconnsperhost=-1",
          "--entrypoints.websecure.http.middlewares=retry@file",
          "--providers.file.filename=/etc/traefik/middlewares.yaml",
          "--providers.kubernetesingress=true",
          "--providers.kubernetesingress.ingressclass=traefik",
          // Two seconds without it: too long for a pod that has just gone.
          "--providers.providersthrottleduration=100ms",
          "--global.checknewversion=false",
          "--global.sendanonymoususage=false",
        ],
        ports: [
          { name: "http", containerPort: 8000, hostPort: 80 },
          { name: "https", containerPort: 8443, hostPort: 443 },
          { name: "ping", containerPort: 9000 },
        ],
        env: [{ name: "GOMEMLIMIT", value: "96MiB" }],
        readinessProbe: {
          httpGet: { path: "/ping", port: "ping" },
          periodSeconds: 2,
          failureThreshold: 1,
        },
        livenessProbe: { httpGet: { path: "/ping", port: "ping" }, initialDelaySeconds: 20 },
        resources: { requests: { cpu: "50m", memory: "48Mi" }, limits: { memory: "128Mi" } },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: "files", mountPath: "/etc/traefik", readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "files", configMap: { name } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}
