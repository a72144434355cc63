import type * as pulumi from "@pulumi/pulumi";
import type { Machine, Machines } from "../providers/machine.ts";
import type { ClusterSpec } from "../spec.ts";
import type { Authority } from "./authority.ts";
import type { Issue, KeyPair } from "./key-pair.ts";

/** The certificates of one control-plane machine. */
export interface ControlPlaneKeys {
  readonly etcdServer: KeyPair;
  readonly etcdPeer: KeyPair;
  readonly apiserver: KeyPair;
  readonly apiserverEtcdClient: KeyPair;
  readonly apiserverKubeletClient: KeyPair;
  readonly frontProxyClient: KeyPair;
  readonly controllerManager: KeyPair;
  readonly scheduler: KeyPair;
  readonly flanneld: KeyPair;
  /** Of the machine's Node: who says how it is. */
  readonly nodeStatus: KeyPair;
  /** For whoever is root there when nobody else has rights. */
  readonly emergency: KeyPair;
}

/** The group that flannel's rights are bound to. */
export const flannelGroup = "hardway:flannel";

/** The user as whom the API server calls kubelets. */
export const kubeletClientUser = "kube-apiserver-kubelet-client";

interface Issuing {
  readonly machine: Machine;
  /** All of the cluster: an API server is good for every way to any of them. */
  readonly machines: Machines;
  readonly spec: ClusterSpec;
  readonly issue: Issue;
}

/** Issues the certificates of one control-plane machine. */
export function issueControlPlaneKeys(
  authorities: Readonly<Record<"kubernetes" | "etcd" | "frontProxy", Authority>>,
  { machine, machines, spec, issue }: Issuing,
): ControlPlaneKeys {
  const { name } = machine.node;
  const { kubernetes, etcd, frontProxy } = authorities;
  const service = `kubernetes.default.svc`;
  return {
    // Both uses: etcd's own gateway is a client of its server, with the server's certificate.
    etcdServer: issue(`${name}-etcd-server`, {
      authority: etcd,
      commonName: name,
      use: "both",
      dnsNames: [name, "localhost"],
      ipAddresses: ["127.0.0.1", machine.privateIp],
    }),
    etcdPeer: issue(`${name}-etcd-peer`, {
      authority: etcd,
      commonName: name,
      use: "both",
      dnsNames: [name],
      ipAddresses: [machine.privateIp],
    }),
    // Good for every way to any of the API servers, so that clients may be sent to another one.
    apiserver: issue(`${name}-apiserver`, {
      authority: kubernetes,
      commonName: "kube-apiserver",
      use: "server",
      dnsNames: [
        "kubernetes",
        "kubernetes.default",
        service,
        `${service}.${spec.network.clusterDomain}`,
        "localhost",
        ...(spec.names === null ? [] : [spec.names.api]),
        ...machines.controlPlane.flatMap((member) => [member.node.name, ...namesOf(member)]),
      ],
      ipAddresses: [
        "127.0.0.1",
        spec.network.apiServiceIp,
        ...machines.controlPlane.flatMap(addressesOf),
        ...(machines.apiAddress === undefined ? [] : [machines.apiAddress]),
      ],
    }),
    apiserverEtcdClient: issue(`${name}-apiserver-etcd-client`, {
      authority: etcd,
      commonName: "kube-apiserver",
      use: "client",
    }),
    // The user that components/addons/kubelet-access.ts lets talk to kubelets.
    apiserverKubeletClient: issue(`${name}-apiserver-kubelet-client`, {
      authority: kubernetes,
      commonName: kubeletClientUser,
      use: "client",
    }),
    frontProxyClient: issue(`${name}-front-proxy-client`, {
      authority: frontProxy,
      commonName: "front-proxy-client",
      use: "client",
    }),
    controllerManager: issue(`${name}-controller-manager`, {
      authority: kubernetes,
      commonName: "system:kube-controller-manager",
      use: "client",
    }),
    scheduler: issue(`${name}-scheduler`, {
      authority: kubernetes,
      commonName: "system:kube-scheduler",
      use: "client",
    }),
    flanneld: issue(`${name}-flanneld`, {
      authority: kubernetes,
      commonName: `flannel:${name}`,
      organization: flannelGroup,
      use: "client",
    }),
    // As a kubelet: its own Node's status and lease, and nothing of any other.
    nodeStatus: issue(`${name}-node-status`, {
      authority: kubernetes,
      commonName: `system:node:${name}`,
      organization: "system:nodes",
      use: "client",
    }),
    // The one group whose rights nobody can take away: for root on the machine, who has the authority's key in any case.
    emergency: issue(`${name}-emergency`, {
      authority: kubernetes,
      commonName: `emergency:${name}`,
      organization: "system:masters",
      use: "client",
    }),
  };
}

/** The addresses by which clients call what runs on a machine. */
export function addressesOf({ privateIp, publicIp, publicName }: Machine): pulumi.Output<string>[] {
  return publicName === undefined ? [privateIp, publicIp] : [privateIp];
}

/** The names by which they do, besides its node's. */
export function namesOf({ publicName }: Machine): string[] {
  return publicName === undefined ? [] : [publicName];
}
