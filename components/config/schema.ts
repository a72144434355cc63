import * as v from "valibot";
import { switchedAddons, type SwitchedAddon } from "../facts/addon-table.ts";
import { otherComponents, type OtherComponent } from "../facts/components.ts";
import { keyNames, type KeyName } from "../facts/keys.ts";
import { group } from "./machine-schema.ts";
import { integer, list, object, text, toggle } from "./value-types.ts";

const onlySwitch = object({ enabled: toggle }, "{enabled: true}");
const switches = Object.fromEntries(switchedAddons.map((name) => [name, onlySwitch])) as Record<
  SwitchedAddon,
  typeof onlySwitch
>;

const generations = object(
  {
    /** Numbers of those that are trusted, or can read, the oldest first; a number is never used again. Must be given. */
    kept: list(integer("a number from 1"), "a list of numbers, e.g. [1, 2]"),
    /** The one that signs or writes, one of `kept`. Must be given. */
    inUse: integer("a number from 1"),
  },
  "{kept: [1, 2], inUse: 2}",
);

/**
 * Every key of the namespace `hardway`, with its type and its default. Types only: what the values must
 * be like is checked by the other files of this folder, so that all problems are found in one go.
 * Every entry is optional here; `operatorCidrs` is the one that has no default.
 */
export const schema = v.object({
  /**
   * Name of the cluster: a DNS label of at most 40 characters.
   * @default - the name of the stack
   */
  clusterName: text("a name, e.g. dev"),
  /** Where the machines come from. @default "digitalocean" */
  provider: text("digitalocean, linode or existing"),
  /** Region of the provider. @default - "fra1" on digitalocean, "nl-ams" on linode */
  region: text("a region of the provider, e.g. fra1"),
  /** Image of new machines; a change never touches a machine that exists. @default - Debian 12 */
  image: text("an image of the provider, e.g. debian-12-x64"),
  /** Whether a size that our table of the provider does not have is passed on as it is. @default false */
  allowUnknownSize: toggle,
  /** Addresses that outlive their machines; digitalocean only. */
  reservedIps: object(
    {
      /** For the API server; kubeconfig and certificate name it. @default false */
      api: toggle,
      /** For HTTP and HTTPS, at the first worker. @default false */
      ingress: toggle,
    },
    "{api: true, ingress: true}",
  ),
  /** Machines that run etcd and the control plane: 1, 3 or 5. @default {count: 1}, named master-1 … */
  controlPlane: group("1, 3 or 5"),
  /** Machines that run pods. @default {count: 2}, named worker-1 … */
  workers: group("a number from 1 to 250"),
  /** IPv4 range of pods, one /24 per node, masters included. Prefix 8 to 24. @default "10.200.0.0/16" */
  podCidr: text("an IPv4 range, e.g. 10.200.0.0/16"),
  /** IPv4 range of Services. Prefix 12 to 28. @default "10.32.0.0/24" */
  serviceCidr: text("an IPv4 range, e.g. 10.32.0.0/24"),
  /** IPv4 range of the private network between nodes. @default "10.10.0.0/20" */
  nodeCidr: text("an IPv4 range, e.g. 10.10.0.0/20"),
  /** DNS domain of the cluster. @default "cluster.local" */
  clusterDomain: text("a DNS name, e.g. cluster.local"),
  /**
   * A DNS zone of the user's, which is never made or deleted. On digitalocean and linode it must be one of the account's, and the
   * cluster's names get records in it; on existing the user points them.
   * @default - none: addresses only
   */
  domain: text("a DNS zone of yours, e.g. example.com"),
  /** The control-plane machine that the kubeconfig and the program talk to. @default - the domain's name for all, or the first */
  apiMaster: text("a control-plane machine, e.g. master-2"),
  /** Who may reach SSH and the API server, as IPv4 ranges. Must be given: there is no default to the world. */
  operatorCidrs: list(
    text("an IPv4 range, e.g. 203.0.113.7/32"),
    "the IPv4 ranges you log in from, e.g. [203.0.113.7/32]",
  ),
  /** What the firewalls let in besides what the cluster itself needs; digitalocean and linode. */
  firewall: object(
    {
      /** One object per kind of traffic. @default [] */
      rules: list(
        object(
          {
            /** `<protocol>/<port>` or `<protocol>/<first>-<last>`, tcp or udp. Must be given. */
            ports: list(
              text("a port, e.g. tcp/9100 or udp/30000-30100"),
              "a list of ports, e.g. [tcp/9100]",
            ),
            /** `nodes` (and their Pods), `operators` (operatorCidrs) or IPv4 ranges; 0.0.0.0/0 is everybody. Must be given. */
            from: list(
              text("nodes, operators or an IPv4 range, e.g. 203.0.113.0/24"),
              "a list of senders, e.g. [nodes]",
            ),
            /** Machines that it is let in to: `workers`, `controlPlane` or `all`. @default "workers" */
            to: text("workers, controlPlane or all"),
          },
          "{ports: [tcp/9100], from: [nodes], to: all}",
        ),
        "one object per rule, e.g. [{ports: [tcp/9100], from: [nodes], to: all}]",
      ),
    },
    "{rules: [{ports: [tcp/9100], from: [nodes], to: all}]}",
  ),
  kubernetes: object(
    {
      /**
       * A version that the artifact lock has in full; one that lives goes up by one minor version at a time: docs/upgrades.md.
       * @default - as it is; in a new cluster the lock's default
       */
      version: text('the version in quotes, e.g. "1.36.4"'),
    },
    '{version: "1.36.4"}',
  ),
  /** Versions of everything else, as the artifact lock has them. @default - as they are; in a new cluster the lock's defaults */
  versions: object(
    Object.fromEntries(
      otherComponents.map((name) => [name, text('the version in quotes, e.g. "2.3.4"')]),
    ) as Record<OtherComponent, ReturnType<typeof text>>,
    '{containerd: "2.3.4"}',
  ),
  kubelet: object(
    {
      /** Most pods on one worker, 10 to 250: its /24 must hold them. @default 110 */
      maxPods: integer("a number from 10 to 250"),
      /** Who issues kubelets' certificates: docs/certificates.md. @default - as it is; in a new cluster "bootstrap" */
      certificates: text("bootstrap or pulumi"),
    },
    "{maxPods: 110}",
  ),
  /** What becomes of a cluster whose etcd has lost its data, with all its machines: docs/backups.md. */
  etcd: object(
    {
      /** Number of the cluster that etcd is: the next one says that the data of the last is lost. @default - as it is; first 1 */
      generation: integer("a number from 1"),
      /** Snapshot that it begins with, absolute or relative to the project; not looked at afterwards. @default - none */
      restoreFrom: text("a file, e.g. etcd.db"),
    },
    "{generation: 2, restoreFrom: etcd.db}",
  ),
  /** What each control-plane machine saves of etcd every hour, on its own disk: docs/backups.md. */
  backups: object(
    {
      /** @default true */
      enabled: toggle,
      /** How many stay, 1 to 1000; fewer where they would take more than a tenth of the disk. @default 48 */
      keep: integer("a number from 1 to 1000"),
    },
    "{keep: 48}",
  ),
  /**
   * Generations of the keys that a stack can change; docs/rotation.md says in which steps. Each has a number, and what is not said
   * here has one generation, 1.
   */
  keys: object(
    Object.fromEntries(keyNames.map((name) => [name, generations])) as Record<
      KeyName,
      typeof generations
    >,
    "{etcdCa: {kept: [1, 2], inUse: 2}}",
  ),
  addons: object(
    {
      /** Each add-on's own switch, all on. Without flannel, which is the pod network, none of the others can run. */
      ...switches,
      coredns: object(
        {
          /** Cluster DNS. @default true */
          enabled: toggle,
          /** Number of CoreDNS pods, 1 to 10. @default - 2, or 1 with a single worker */
          replicas: integer("a number from 1 to 10"),
        },
        "{enabled: true, replicas: 2}",
      ),
    },
    "{coredns: {replicas: 2}}",
  ),
  ingress: object(
    {
      /** HTTP and HTTPS from outside, on ports 80 and 443 of every worker. @default true */
      enabled: toggle,
      /** What serves it: `nginx` (F5 NGINX Ingress Controller) or `traefik`. @default "nginx" */
      controller: text("nginx or traefik"),
    },
    "{controller: nginx}",
  ),
  acme: object(
    {
      /** Whom the certificate authority writes to. Must be given with `acme`. */
      email: text("an e-mail address, e.g. ops@example.com"),
      /**
       * Who signs: `staging` and `production` are Let's Encrypt's; or the directory URL of any ACME server. Browsers
       * do not trust staging, and nothing it does counts towards the limits of production.
       * @default "staging"
       */
      directory: text("staging, production or a URL"),
      /** PEM file with the CA of the directory's own HTTPS, relative to the project. @default - public CAs */
      caBundle: text("a file of the project"),
    },
    "{email: ops@example.com, directory: staging}",
  ),
  demo: object(
    {
      /** A page behind HTTPS that shows what answered. @default - true when there is a `host` */
      enabled: toggle,
      /** Its name in DNS, which must lead to the workers. @default - demo.<clusterName>.<domain> with a domain and acme */
      host: text("a DNS name, e.g. demo.example.com"),
    },
    "{host: demo.example.com}",
  ),
  artifacts: object(
    {
      /** Base URL of a mirror of all files. @default - the official URLs */
      mirror: text("a URL, e.g. http://10.240.0.1:8080"),
      /** Base URL of an OCI registry that has all images. @default - the official registries */
      registryMirror: text("a URL, e.g. http://10.240.0.1:5000"),
      /** The artifact lock, relative to the project. @default "assets/versions.json" */
      lock: text("a file of the project, e.g. assets/versions.json"),
    },
    "{mirror: http://10.240.0.1:8080}",
  ),
  /** Whether control-plane machines, which hold etcd's data, refuse to be destroyed. @default true */
  protect: toggle,
});

/** What a stack says, once every value has the type that the schema wants; all else is left out. */
export type Draft = v.InferOutput<typeof schema>;

/** Machines of one role as a stack describes them. */
export type GroupDraft = NonNullable<Draft["workers"]>;
