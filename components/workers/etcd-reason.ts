import type { ClusterSpec } from "../spec.ts";

/**
 * Why what watches the API starts again when etcd begins anew: a kubelet makes itself known as a Node only when it starts, and
 * whoever waits for changes after a revision that the new etcd has not come to yet hears of none.
 */
export function etcdReason({ etcd: { generation } }: ClusterSpec): string[] {
  return generation === 1 ? [] : [`generation ${generation} of etcd`];
}
