import { portsAt, type Ports } from "./ports.ts";

type Role = "control-plane" | "worker";

/** Who sends: the internet, whoever `operatorCidrs` names, every node and its Pods, the control plane's machines. */
export type Sender = "everybody" | "operators" | "nodes" | "control-plane";

/** What listens on machines of these roles, and who may reach it. */
export interface PortMatrixRow {
  /** What it is; short, since it labels a rule where rules have labels. */
  readonly name: string;
  /** Null: ICMP, which has none. */
  readonly ports: Ports | null;
  readonly roles: readonly Role[];
  /** Nobody: it is for the machine itself, unless a rule of the stack says more. */
  readonly from: readonly Sender[];
  /** Whether a program of ours listens there, so that on a host that is there already nobody else may. */
  readonly isOurs: boolean;
  /** Whom the stack's own rules may let in besides, and why nobody else. */
  readonly further: Further;
}

export type Further =
  { readonly to: "anybody" } | { readonly to: "nodes" | "nobody"; readonly because: string };

/** What a firewall lets in to machines of these roles. */
export interface Opening {
  /** Unique; at most 32 letters, digits and dashes. */
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** None for ICMP. */
  readonly ports: readonly Ports[];
  readonly roles: readonly Role[];
  /** Or IPv4 ranges. */
  readonly from: Sender | readonly string[];
}

/** A rule of the stack's own, checked. */
export interface OwnRule {
  readonly ports: readonly Ports[];
  readonly roles: readonly Role[];
  readonly senders: readonly ("operators" | "nodes")[];
  /** IPv4 ranges. */
  readonly cidrs: readonly string[];
}

/** What decides which rows the matrix has: a part of its spec. */
interface Served {
  readonly addons: { readonly ingress: { readonly isEnabled: boolean } };
}

/** What decides who is let in. */
interface Guarded extends Served {
  readonly firewall: { readonly rules: readonly OwnRule[] };
}

const both = ["control-plane", "worker"] as const;
const anybody = { to: "anybody" } as const;
const nobody = (because: string) => ({ to: "nobody", because }) as const;
const nodes = (because: string) => ({ to: "nodes", because }) as const;
const metrics = nodes("it is for what watches the cluster from inside");

function row(
  name: string,
  ports: string | null,
  roles: readonly Role[],
  from: readonly Sender[],
  further: Further,
  isOurs = true,
): PortMatrixRow {
  return { name, ports: ports === null ? null : portsAt(ports), roles, from, further, isOurs };
}

/** The port matrix: every port of a cluster, those of the loopback address included. The one place that says who may reach what. */
export const portMatrix = ({ addons }: Served): readonly PortMatrixRow[] => [
  row("ssh", "tcp/22", both, ["operators"], nobody("who logs in is in operatorCidrs"), false),
  // All pod traffic between machines.
  row("flannel-vxlan", "udp/8472", both, ["nodes"], nobody("who reaches it is in the pod network")),
  row("ping", null, both, ["nodes"], anybody, false),
  row(
    "api",
    "tcp/6443",
    ["control-plane"],
    ["operators", "nodes"],
    nobody("who may use the API server is in operatorCidrs"),
  ),
  // Clients and peers.
  row(
    "etcd",
    "tcp/2379-2380",
    ["control-plane"],
    ["control-plane"],
    nobody("it holds the whole cluster, every Secret included"),
  ),
  ...(addons.ingress.isEnabled
    ? [
        row("http", "tcp/80", ["worker"], ["everybody"], anybody),
        row("https", "tcp/443", ["worker"], ["everybody"], anybody),
      ]
    : []),
  // The API server for logs and exec, and metrics-server, which runs on a worker.
  row("kubelet", "tcp/10250", ["worker"], ["nodes"], nobody("it runs commands in every Pod")),
  // A Service's port on any node leads to its Pods on all: kube-proxy's rules take it, no program listens.
  row("node-ports-tcp", "tcp/30000-32767", ["worker"], ["nodes"], anybody, false),
  row("node-ports-udp", "udp/30000-32767", ["worker"], ["nodes"], anybody, false),
  row("etcd-metrics", "tcp/2381", ["control-plane"], [], metrics),
  row("flanneld-health", "tcp/8081", both, [], metrics),
  row("kube-controller-manager", "tcp/10257", ["control-plane"], [], metrics),
  row("kube-scheduler", "tcp/10259", ["control-plane"], [], metrics),
  // The way of the machine's own daemons to the API servers.
  row("api-balancer", "tcp/6443", ["worker"], [], nobody("it is for the machine itself")),
  row("kubelet-health", "tcp/10248", ["worker"], [], metrics),
  row("kube-proxy-metrics", "tcp/10249", ["worker"], [], metrics),
  // A load balancer in front of a Service asks it whether this node has Pods of it.
  row("kube-proxy-health", "tcp/10256", ["worker"], [], anybody),
];

/** What must be let in, by a cloud's firewall or by the one of hosts that are there already. */
export function openingsOf(spec: Guarded): readonly Opening[] {
  const ours = portMatrix(spec).flatMap(({ name, ports, roles, from }) =>
    from.map((sender): Opening => ({
      name: from.length === 1 ? name : `${name}-for-${sender}`,
      protocol: ports?.protocol ?? "icmp",
      ports: ports === null ? [] : [ports],
      roles,
      from: sender,
    })),
  );
  return [...ours, ...spec.firewall.rules.flatMap(openingsOfRule)];
}

/** One opening for each protocol and kind of sender, so that as few rules as may be say it. */
function openingsOfRule({ ports, roles, senders, cidrs }: OwnRule, index: number): Opening[] {
  const kinds = [
    ...senders.map((sender) => ({ kind: sender, from: sender })),
    ...(cidrs.length === 0 ? [] : [{ kind: "ranges", from: cidrs }]),
  ];
  return (["tcp", "udp"] as const).flatMap((protocol) => {
    const its = ports.filter((each) => each.protocol === protocol);
    if (its.length === 0) return [];
    return kinds.map(({ kind, from }) => ({
      name: `rule-${index + 1}-${protocol}-${kind}`,
      protocol,
      ports: its,
      roles,
      from,
    }));
  });
}

/**
 * Where the programs of a role listen, as `<protocol>/<port>`: on a host that is there already these must be free.
 * docs/existing.md says who speaks to which.
 */
export function listeningPorts(role: Role, spec: Served): string[] {
  const all = portMatrix(spec)
    .filter(({ roles, isOurs }) => isOurs && roles.includes(role))
    .flatMap(({ ports }) => (ports === null ? [] : [ports]));
  return all.flatMap(({ protocol, first, last }) =>
    Array.from({ length: last - first + 1 }, (_, offset) => `${protocol}/${first + offset}`),
  );
}
