/** How one tool is built: a wrapper module `lab/tools/<name>` and the main packages in it. */
export interface Recipe {
  /** Version of the upstream release; the wrapper's go.mod requires the modules of that release. */
  readonly version: string;
  /**
   * Folder of `lab/` that holds the module.
   * @default - `tools/<name>`
   */
  readonly dir?: string;
  /** Name of the binary in `bin/` → its main package. */
  readonly mains: Readonly<Record<string, string>>;
  /** Go build tags, comma-separated. */
  readonly tags?: string;
  /** Binary → build tags of its own, instead of `tags`. */
  readonly tagsOf?: Readonly<Record<string, string>>;
  /** Go variables set at link time, e.g. a version. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Needs a C compiler; the result is still static.
   * @default false
   */
  readonly cgo?: true;
  /** Directory of the result → what is copied there, files of a module that are no Go code. */
  readonly data?: Readonly<Record<string, ModulePath>>;
  /** File of the wrapper → the file of a module that it stands in for, to leave out what the lab never uses. */
  readonly instead?: Readonly<Record<string, ModulePath>>;
}

/** A file or directory inside a module that the wrapper requires. */
export interface ModulePath {
  readonly module: string;
  readonly path: string;
}

const pulumiVersion = "3.259.0";
const coredns = "github.com/coredns/coredns";
const flannel = "github.com/flannel-io/flannel";
const traefik = "github.com/traefik/traefik/v3";
const containerd = "github.com/containerd/containerd/v2";
const cniPlugins = "github.com/containernetworking/plugins/plugins";

/** Everything the lab builds from the Go module proxy. A wrapper's go.mod says which `replace` lines upstream needs. */
export const recipes = {
  pulumi: {
    version: pulumiVersion,
    mains: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    tags: "osusergo",
    variables: {
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}`,
    },
  },
  // the last version whose module holds the language host; it serves newer CLIs and SDKs
  "pulumi-language-nodejs": {
    version: "3.66.0",
    mains: {
      "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    },
  },
  kubernetes: kubernetes("1.36.4"),
  // what a cluster of the lab can be upgraded to; built only when asked for, see lab/mirror/next.ts
  "kubernetes-next": kubernetes("1.37.1"),
  etcd: {
    version: "3.6.14",
    mains: {
      etcd: "go.etcd.io/etcd/server/v3",
      etcdctl: "go.etcd.io/etcd/etcdctl/v3",
      etcdutl: "go.etcd.io/etcd/etcdutl/v3",
    },
  },
  containerd: {
    version: "2.3.4",
    mains: {
      containerd: `${containerd}/cmd/containerd`,
      "containerd-shim-runc-v2": `${containerd}/cmd/containerd-shim-runc-v2`,
      ctr: `${containerd}/cmd/ctr`,
    },
    tags: "no_btrfs",
    tagsOf: { "containerd-shim-runc-v2": "no_grpc" }, // every pod has one in memory: leave gRPC out
    variables: { [`${containerd}/version.Version`]: "v2.3.4" },
  },
  runc: {
    version: "1.4.3",
    mains: { runc: "github.com/opencontainers/runc" },
    tags: "seccomp,netgo,osusergo",
    variables: { "main.version": "1.4.3" },
    cgo: true,
  },
  "cni-plugins": {
    version: "1.9.1",
    mains: {
      bridge: `${cniPlugins}/main/bridge`,
      loopback: `${cniPlugins}/main/loopback`,
      "host-local": `${cniPlugins}/ipam/host-local`,
      portmap: `${cniPlugins}/meta/portmap`,
    },
    variables: {
      "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "v1.9.1",
    },
  },
  // flannel's own plugin repository is not on the Go proxy; this is its predecessor
  "flannel-cni-plugin": {
    version: "0.9.1",
    mains: { flannel: `${cniPlugins}/meta/flannel` },
    variables: {
      "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "v0.9.1",
    },
  },
  flannel: {
    version: "0.28.7",
    mains: {
      flanneld: flannel,
      "install-conf": `${flannel}/cmd/install_conf`,
    },
    variables: { [`${flannel}/pkg/version.Version`]: "v0.28.7" },
    instead: Object.fromEntries(
      ["udp_amd64.go", "udp_network_amd64.go"].map((file) => [
        `udp/${file}`,
        { module: flannel, path: `pkg/backend/udp/${file}` },
      ]),
    ),
  },
  coredns: {
    version: "1.14.7",
    mains: { coredns },
    instead: { "plugin/zplugin.go": { module: coredns, path: "core/plugin/zplugin.go" } },
  },
  "metrics-server": {
    version: "0.9.0",
    mains: { "metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server" },
    variables: { "k8s.io/client-go/pkg/version.gitVersion": "v0.9.0" },
  },
  // the last line whose commands are in the module
  "cert-manager": {
    version: "1.11.5",
    mains: Object.fromEntries(
      ["controller", "webhook", "cainjector", "acmesolver"].map((name) => [
        name,
        `github.com/cert-manager/cert-manager/cmd/${name}`,
      ]),
    ),
    variables: { "github.com/cert-manager/cert-manager/pkg/util.AppVersion": "v1.11.5" },
    data: { crds: { module: "github.com/cert-manager/cert-manager", path: "deploy/crds" } },
  },
  traefik: {
    version: "3.6.13",
    mains: { traefik: `${traefik}/cmd/traefik` },
    variables: { [`${traefik}/pkg/version.Version`]: "3.6.13" },
    instead: {
      "lego/dns-providers.go": {
        module: "github.com/go-acme/lego/v4",
        path: "providers/dns/zz_gen_dns_providers.go",
      },
      ...Object.fromEntries(
        ["ecs.go", "config.go", "label.go"].map((file) => [
          `ecs/${file}`,
          { module: traefik, path: `pkg/provider/ecs/${file}` },
        ]),
      ),
    },
  },
  // a web server; the demo is a page of it
  caddy: {
    version: "2.11.3",
    mains: { caddy: "github.com/caddyserver/caddy/v2/cmd/caddy" },
    variables: { "github.com/caddyserver/caddy/v2.CustomVersion": "v2.11.3" },
  },
  // an ACME server for the lab, with the DNS server that its challenges ask
  pebble: {
    version: "2.10.1",
    mains: {
      pebble: "github.com/letsencrypt/pebble/v2/cmd/pebble",
      "pebble-challtestsrv": "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv",
    },
  },
  // our own: what the tests run in pods
  testserver: {
    version: "1",
    mains: { testserver: "hardway/tools/testserver" },
  },
  // our own: what the clouds' own clients say of the lab's APIs
  conformance: {
    version: "1",
    dir: "conformance",
    mains: {
      digitalocean: "hardway/conformance/digitalocean",
      linode: "hardway/conformance/linode",
    },
  },
} satisfies Readonly<Record<string, Recipe>>;

function kubernetes(version: string) {
  const names = [
    "kubectl",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
  ];
  return {
    version,
    mains: Object.fromEntries(names.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    variables: kubernetesVariables(version),
  };
}

/** Kubernetes reads its version from here; without it skew checks see v0.0.0. */
function kubernetesVariables(version: string): Record<string, string> {
  const [major = "", minor = ""] = version.split(".");
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: "clean",
  };
  return Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((pkg) =>
      Object.entries(values).map(([name, value]) => [`${pkg}.${name}`, value]),
    ),
  );
}
