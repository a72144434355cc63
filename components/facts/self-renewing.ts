/** As much of a ClusterSpec as says which certificates renew themselves. */
interface Spec {
  readonly kubelet: { readonly certificates: "pulumi" | "bootstrap" };
  readonly workers: { readonly nodes: readonly { readonly name: string }[] };
}

/** Names of the certificates that no `pulumi up` renews, because those who have them do. */
export function selfRenewing({ kubelet, workers }: Spec): readonly string[] {
  if (kubelet.certificates === "pulumi") return [];
  return workers.nodes.flatMap(({ name }) => [`${name}-kubelet`, `${name}-kubelet-serving`]);
}
