import { parseIpv4 } from "../lib/cidr.ts";

/** What in a cluster has a name outside of it: a part of its spec. */
interface Named {
  readonly addons: {
    readonly acme: { readonly directory: string } | null;
    readonly demo: { readonly host: string } | null;
  };
  readonly artifacts: { readonly files: readonly { readonly url: string }[] };
}

/**
 * A DNS name outside of the cluster that this cluster has a use for, by which one sees whether such names are answered: the
 * certificate authority's, or where its programs come from, or that of its demo page. Null where everything is named by
 * addresses, as in a network without DNS.
 */
export function outsideName({ addons: { acme, demo }, artifacts }: Named): string | null {
  const urls = [acme?.directory, artifacts.files[0]?.url].filter((url) => url !== undefined);
  const names = [
    ...urls.map((url) => new URL(url).hostname),
    ...(demo === null ? [] : [demo.host]),
  ];
  return names.find((name) => parseIpv4(name) === null) ?? null;
}
