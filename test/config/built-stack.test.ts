import { expect, it } from "vitest";
import { builtFrom } from "../../components/config/built-stack.ts";
import {
  etcdClusterType,
  foundationOf,
  foundationType,
} from "../../components/facts/foundation.ts";
import { keysFrom, keysInPlaceType } from "../../components/facts/keys.ts";
import { configOf, minimal } from "../support/stack.ts";

const cluster = "urn:pulumi:dev::hardway::hardway:index:Cluster";
const command = { type: "command:remote:Command", outputs: { stdout: "" } };
const foundation = foundationOf(configOf(minimal).spec);

it("a stack before its first run has nothing", () => {
  expect(builtFrom({})).toEqual({
    foundation: undefined,
    existing: new Set(),
    running: [],
    namespaces: undefined,
    apiEndpoints: {},
  });
});

it("a stack's etcd is of the first generation until a later one has come to its end", () => {
  const etcd = (outputs: object) =>
    builtFrom({
      [`${cluster}$${foundationType}::foundation`]: { type: foundationType, outputs: foundation },
      [`${cluster}$${etcdClusterType}::etcd`]: { type: etcdClusterType, outputs },
    }).etcdGeneration;
  expect(builtFrom({}).etcdGeneration).toBeUndefined();
  expect(etcd({ members: "" })).toBe(1);
  expect(etcd({ members: "", generation: 2 })).toBe(2);
});

it("a stack says where its API servers are, once a run has ended", () => {
  const apiEndpoints = { "master-1": "https://203.0.113.1:6443" };
  const type = "pulumi:pulumi:Stack";
  const urn = `urn:pulumi:dev::hardway::${type}::hardway-dev`;
  expect(builtFrom({ [urn]: { type, outputs: { apiEndpoints } } }).apiEndpoints).toEqual(
    apiEndpoints,
  );
  expect(builtFrom({ [urn]: { type, outputs: {} } }).apiEndpoints).toEqual({});
});

it("a stack has a foundation, and the steps that were done, by their names", () => {
  const built = builtFrom({
    [`${cluster}$${foundationType}::foundation`]: { type: foundationType, outputs: foundation },
    [`${cluster}$hardway:etcd:EtcdCluster$command:remote:Command::master-1-etcd`]: command,
    [`${cluster}$hardway:workers:Worker$command:remote:Command::worker-1-kubelet`]: command,
    [`${cluster}$kubernetes:core/v1:Node::worker-1`]: {
      type: "kubernetes:core/v1:Node",
      outputs: {},
    },
    [`${cluster}$kubernetes:core/v1:Namespace::flannel`]: {
      type: "kubernetes:core/v1:Namespace",
      outputs: { metadata: { name: "kube-flannel" } },
    },
  });
  expect(built.foundation).toEqual(foundation);
  expect([...(built.namespaces ?? [])]).toEqual(["kube-flannel"]);
  expect([...built.existing]).toEqual(["master-1-etcd", "worker-1-kubelet"]);
});

it("a stack knows what its machines run, by the links of their steps", () => {
  const step = (name: string, ...links: readonly string[]) => ({
    [`${cluster}$command:remote:Command::${name}`]: {
      type: "command:remote:Command",
      outputs: { stdin: `>>> file /etc/x 0644 root:root\n${links.join("\n")}\n>>> end\n` },
    },
  });
  const built = builtFrom({
    ...step(
      "master-1-etcd",
      ">>> link /usr/local/bin/etcd /opt/hardway/etcd-3.6.14-0123456789ab/etcd",
      ">>> link /usr/local/bin/etcdctl /opt/hardway/etcd-3.6.14-0123456789ab/etcdctl",
    ),
    ...step(
      "my-worker-kubelet",
      ">>> link /usr/local/bin/kubelet /opt/hardway/kubelet-1.36.4-0123456789ab/kubelet",
    ),
    ...step(
      "my-worker-kube-proxy",
      ">>> link /usr/local/bin/kube-proxy /opt/hardway/kube-proxy-1.36.4-0123456789ab/kube-proxy",
    ),
    ...step("master-1-etcd-founder"),
  });
  expect(built.running).toEqual([
    { node: "master-1", program: "etcd", version: "3.6.14" },
    { node: "my-worker", program: "kubelet", version: "1.36.4" },
  ]);
});

it("a stack of before versions were kept has Kubernetes' at most", () => {
  const { versions, ...old } = foundation;
  const urn = `${cluster}$${foundationType}::foundation`;
  const read = (outputs: object) => builtFrom({ [urn]: { type: foundationType, outputs } });
  expect(read({ ...old, kubernetes: versions.kubernetes }).foundation?.versions).toEqual({
    kubernetes: "1.36.4",
  });
  expect(read(old).foundation?.versions).toEqual({});
});

it("a stack whose first run was killed at once has no foundation", () => {
  const urn = `${cluster}$${foundationType}::foundation`;
  expect(builtFrom({ [urn]: { type: foundationType, outputs: {} } }).foundation).toBeUndefined();
});

it("a stack has the keys that its last run began with, and those that are in place", () => {
  const both = { kept: [1, 2], inUse: 2 };
  const outputs = { ...foundation, keys: keysFrom({ etcdCa: both }) };
  const begun = {
    [`${cluster}$${foundationType}::foundation`]: { type: foundationType, outputs },
  };
  expect(builtFrom(begun).keys).toEqual({
    begun: keysFrom({ etcdCa: both }),
    done: keysFrom(),
    haveSeveralReaders: false,
  });
  const inPlace = { type: keysInPlaceType, outputs: { keys: keysFrom({ etcdCa: both }) } };
  const done = { ...begun, [`${cluster}$${keysInPlaceType}::keys-in-place`]: inPlace };
  expect(builtFrom(done).keys?.done).toEqual(keysFrom({ etcdCa: both }));
});

it("a stack of before keys could change has the first of each", () => {
  const outputs = { ...foundation, keys: undefined };
  const urn = `${cluster}$${foundationType}::foundation`;
  expect(builtFrom({ [urn]: { type: foundationType, outputs } }).keys?.begun).toEqual(keysFrom());
});
