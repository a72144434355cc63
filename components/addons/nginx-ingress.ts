import * as pulumi from "@pulumi/pulumi";
import { imageNamed } from "../facts/artifacts.ts";
import { grantInCluster, grantInNamespace, read } from "./access.ts";
import { restrictedContainer, restrictedPod, type AddonArgs } from "./addon.ts";
import { ingressNamespace, ingressPod, runController } from "./ingress-parts.ts";

const namespace = ingressNamespace.title;
/** The user `nginx` of the image. */
const user = 101;
/** The program may open ports below 1024 and, having that as a file capability, cannot start without it. */
const bindService = { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } };

/**
 * F5 NGINX Ingress Controller on ports 80 and 443 of every worker, for plain Ingresses only: no resources of its own, no
 * snippets, no telemetry. A host without a certificate gets no TLS at all, and nobody else's certificate.
 * @see https://docs.nginx.com/nginx-ingress-controller/
 */
export class NginxIngress extends pulumi.ComponentResource {
  readonly className = "nginx";
  readonly ready: pulumi.Resource;

  constructor(name: string, args: AddonArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:NginxIngress", name, {}, opts);
    this.ready = runController(
      name,
      {
        className: this.className,
        servedBy: "nginx.org/ingress-controller",
        config: {
          "server-tokens": "false",
          "worker-processes": "1",
          http2: "true",
          // A pod on a worker that has just died does not answer: NGINX then asks another. A minute without it.
          "proxy-connect-timeout": "1s",
        },
        grantAccess: (child, inside) => grantAccess(name, child, inside),
        pod: podSpec(name, args),
        namespaces: args.namespaces,
        after: args.after,
      },
      { parent: this },
    );
    this.registerOutputs({ className: this.className });
  }
}

// What deployments/rbac of the release has, less what serves its own resources, status, telemetry and leader election.
function grantAccess(
  name: string,
  child: pulumi.CustomResourceOptions,
  inside: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const account = { name, namespace };
  const everywhere = [
    { apiGroups: [""], resources: ["services", "secrets", "pods", "namespaces"], verbs: read },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "list"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
    { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: read },
    { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: ["get", "list"] },
  ];
  const atHome = [
    { apiGroups: [""], resources: ["configmaps"], verbs: read },
    // It labels its own pod with its version, and looks up who owns it.
    { apiGroups: [""], resources: ["pods"], verbs: ["update"] },
    { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"] },
  ];
  return [
    ...grantInCluster(name, { to: [account], rules: everywhere }, child),
    ...grantInNamespace(name, { account, rules: atHome }, inside),
  ];
}

function podSpec(name: string, { spec }: AddonArgs) {
  const image = imageNamed(spec.artifacts.images, "nginx-ingress");
  const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  const writable = {
    etc: "/etc/nginx",
    cache: "/var/cache/nginx",
    lib: "/var/lib/nginx",
    state: "/var/lib/nginx/state",
    log: "/var/log/nginx",
  };
  return {
    ...ingressPod,
    serviceAccountName: name,
    securityContext: { ...restrictedPod(user), fsGroup: user },
    // The root file system is read-only; what it writes starts as a copy of the image's.
    initContainers: [
      {
        name: "copy-files",
        image,
        command: ["cp", "-dR", "/etc/nginx/.", "/mnt/etc"],
        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
        securityContext: restrictedContainer,
        volumeMounts: [{ name: "etc", mountPath: "/mnt/etc" }],
      },
    ],
    containers: [
      {
        name,
        image,
        args: [
          "-ingress-class=nginx",
          // Pods have IPv4 only, and where the kernel has no IPv6 NGINX would not start.
          "-disable-ipv6=true",
          `-nginx-configmaps=$(POD_NAMESPACE)/${name}`,
          "-enable-custom-resources=false",
          "-enable-snippets=false",
          "-enable-telemetry-reporting=false",
          "-enable-leader-election=false",
          "-report-ingress-status=false",
          "-nginx-status=false",
        ],
        ports: [
          { name: "http", containerPort: 80, hostPort: 80 },
          { name: "https", containerPort: 443, hostPort: 443 },
          { name: "ready", containerPort: 8081 },
        ],
        env: [
          { name: "POD_NAMESPACE", ...field("metadata.namespace") },
          { name: "POD_NAME", ...field("metadata.name") },
          { name: "GOMEMLIMIT", value: "96MiB" },
        ],
        readinessProbe: { httpGet: { path: "/nginx-ready", port: "ready" }, periodSeconds: 1 },
        // nginx beside the controller needs memory of its own.
        resources: { requests: { cpu: "50m", memory: "96Mi" }, limits: { memory: "256Mi" } },
        securityContext: { ...restrictedContainer, ...bindService },
        volumeMounts: Object.entries(writable).map(([volume, mountPath]) => ({
          name: volume,
          mountPath,
        })),
      },
    ],
    volumes: Object.keys(writable).map((volume) => ({ name: volume, emptyDir: {} })),
  };
}
