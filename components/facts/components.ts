import { addonImages, type AddonComponent } from "./addon-table.ts";
import type { programsOf } from "./programs.ts";

/** What runs on a machine as a program, by its name in the artifact lock. */
export type Program = (typeof programsOf)[keyof typeof programsOf][number];

/** The component whose version each program has. */
export const componentOfProgram = {
  etcd: "etcd",
  "kube-apiserver": "kubernetes",
  "kube-controller-manager": "kubernetes",
  "kube-scheduler": "kubernetes",
  kubectl: "kubernetes",
  flanneld: "flannel",
  containerd: "containerd",
  runc: "runc",
  "cni-plugins": "cni-plugins",
  kubelet: "kubernetes",
  "kube-proxy": "kubernetes",
} as const satisfies Readonly<Record<Program, string>>;

/** Things with a version of their own; each is in the artifact lock. */
export type ComponentName = (typeof componentOfProgram)[Program] | "pause" | AddonComponent;

/** The component whose version each image has. */
export const componentOfImage: Readonly<Record<string, ComponentName>> = {
  pause: "pause",
  ...addonImages,
};

/** Every component, sorted. */
export const componentNames: readonly ComponentName[] = [
  ...new Set([...Object.values(componentOfProgram), ...Object.values(componentOfImage)]),
].sort();

/** A component whose version a stack says under `versions`; Kubernetes' has a place of its own. */
export type OtherComponent = Exclude<ComponentName, "kubernetes">;

export const otherComponents: readonly OtherComponent[] = componentNames.filter(
  (name) => name !== "kubernetes",
);

/** Where a stack says the version of a component. */
export function versionPath(component: ComponentName): string {
  return component === "kubernetes" ? "kubernetes.version" : `versions.${component}`;
}
