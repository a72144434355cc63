/**
 * What runs on the machines of each role, by the names of the artifact lock.
 * `kubectl` on the control plane is for the person who logs in there when nothing else works.
 */
export const programsOf = {
  "control-plane": [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "flanneld",
  ],
  worker: ["containerd", "runc", "cni-plugins", "kubelet", "kube-proxy"],
} as const;
