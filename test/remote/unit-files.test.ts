import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../components/lib/hash.ts";
import { bundleOf, stepsOn, unitStepsOn, type WrittenFile } from "../support/bundles.ts";
import { clusterGraph } from "../support/cluster.ts";
import type { Graph, Registered } from "../support/graph.ts";

/** What is there though no bundle brings it. */
const broughtByOthers: Readonly<Record<string, string>> = {
  "/etc/kubernetes/kubelet.conf.d": "written by prepare-host.sh",
  "/etc/containerd/conf.d/*.toml": "written by prepare-host.sh, on some hosts",
  "/etc/containerd/certs.d": "only with a registry mirror",
  "/etc/kubernetes/bootstrap.kubeconfig": "only while a kubelet has no certificate of its own",
  "/etc/cni/net.d": "written by flannel's pod",
  "/etc/cni/net.d/10-flannel.conflist": "written by flannel's pod",
};

/** What services read again by themselves, and so restart nothing: docs/certificates.md. */
const reread = [
  "/etc/kubernetes/encryption.yaml",
  // Read when kubelet starts without a certificate.
  "/etc/kubernetes/bootstrap.kubeconfig",
  ...[
    ...["server", "peer"].map((name) => `/etc/etcd/pki/${name}`),
    ...["apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "front-proxy-client"].map(
      (name) => `/etc/kubernetes/pki/${name}`,
    ),
    ...[
      "controller-manager",
      "scheduler",
      "node-status",
      "kubelet",
      "kubelet-serving",
      "kube-proxy",
    ].map((name) => `/etc/kubernetes/pki/${name}`),
    "/etc/flannel/pki/flanneld",
  ].flatMap((stem) => [`${stem}.crt`, `${stem}.key`]),
];

/** Every path below /etc that the unit or a file of it names, but in comments. */
function namedIn(files: readonly WrittenFile[]): string[] {
  const texts = files.map(({ content }) => content.replaceAll(/^\s*#.*$/gm, ""));
  return [...new Set(texts.flatMap((text) => text.match(/\/etc\/[\w./*-]*[\w*]/g) ?? []))];
}

function isReadable({ mode, owner }: WrittenFile, unit: string): boolean {
  const isDynamic = /^DynamicUser=true$/m.test(unit);
  const user = isDynamic ? "somebody" : (/^User=(.+)$/m.exec(unit)?.[1] ?? "root");
  const [ownUser, group] = owner.split(":");
  if (user === "root" || mode === "0644") return true;
  return user === ownUser || (mode === "0640" && user === group);
}

describe.each([
  ["master-1", "pulumi"],
  ["worker-1", "pulumi"],
  ["master-1", "bootstrap"],
  ["worker-1", "bootstrap"],
])("what the units on %s read, kubelet's certificates by %s", (node, certificates) => {
  let graph: Graph;
  let units: Registered[];
  let written: Map<string, WrittenFile>;
  beforeAll(async () => {
    graph = await clusterGraph({ kubelet: { certificates } });
    units = unitStepsOn(graph, node);
    const files = stepsOn(graph, node).flatMap((step) => bundleOf(step).files);
    written = new Map(files.map((file) => [file.path, file]));
  }, 120_000);

  /** A key is seen by its public half: the hash of a key is nobody's business. */
  const shown = (path: string) => {
    const halves = [".pub", ".crt"].map((ending) => path.replace(/\.key$/, ending));
    return [...halves, path].map((it) => written.get(it)?.content).find((it) => it !== undefined);
  };

  it("is written by a step on that machine", () => {
    const missing = units.flatMap((step) =>
      namedIn(bundleOf(step).files)
        .filter((path) => !written.has(path) && !(path in broughtByOthers))
        .map((path) => `${step.name}: ${path}`),
    );
    expect(units.length).toBeGreaterThan(2);
    expect(missing).toEqual([]);
  });

  it("can be read by the user that it runs as", () => {
    const closed = units.flatMap((step) => {
      const { files } = bundleOf(step);
      // A credential systemd itself reads.
      const open = files.map((file) => ({
        ...file,
        content: file.content.replaceAll(/^LoadCredential=.*$/gm, ""),
      }));
      return namedIn(open)
        .flatMap((path) => written.get(path) ?? [])
        .filter((file) => !isReadable(file, files[0]?.content ?? ""))
        .map(({ path }) => `${step.name}: ${path}`);
    });
    expect(closed).toEqual([]);
  });

  it("restarts it when it changes, unless it reads that again by itself", () => {
    const forgotten = units.flatMap((step) => {
      const { files, reasons } = bundleOf(step);
      const own = files.map(({ path }) => path);
      const isReason = (path: string) =>
        reasons.some((reason) => reason.endsWith(` ${sha256(shown(path) ?? "")}`));
      return namedIn(files)
        .filter((path) => written.has(path) && !own.includes(path) && !reread.includes(path))
        .filter((path) => !isReason(path))
        .map((path) => `${step.name}: ${path}`);
    });
    expect(forgotten).toEqual([]);
  });

  it("and nothing that it does not read restarts it", () => {
    for (const step of units) {
      const { files, reasons } = bundleOf(step);
      const hashes = namedIn(files).map((path) => sha256(shown(path) ?? ""));
      // A token is shown by its id, which is in no file that is public.
      for (const reason of reasons.filter((it) => !it.startsWith("bootstrap token "))) {
        expect(hashes, `${step.name}: ${reason}`).toContain(reason.split(" ").at(-1));
      }
    }
  });
});
