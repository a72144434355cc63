/** Where an identity's certificate and key come from: files on the host, or the PEM texts themselves; or a token instead. */
export type Identity =
  | { readonly token: string; readonly caFile: string }
  | { readonly certificateFile: string; readonly keyFile: string; readonly caFile: string }
  | { readonly certificatePem: string; readonly keyPem: string; readonly caPem: string };

/** What one client of the API server needs to know. */
export interface KubeconfigArgs {
  readonly clusterName: string;
  /** URL of the API server, e.g. "https://10.10.0.2:6443". */
  readonly server: string;
  /** Name of the user, for people; the certificate decides who it is. */
  readonly user: string;
  readonly identity: Identity;
  /** Other ways to the same cluster, each a context by its name. @default - none */
  readonly others?: readonly OtherServer[];
}

/** One more way to the cluster. */
export interface OtherServer {
  /** Of the context. */
  readonly name: string;
  readonly server: string;
}

/**
 * A kubeconfig as JSON, which every reader of YAML accepts; keys in a fixed order.
 * With files it holds no secret; with PEM texts or a token it is one.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function kubeconfig({
  clusterName,
  server,
  user,
  identity,
  others = [],
}: KubeconfigArgs): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const [authority, credentials] =
    "caFile" in identity
      ? [
          { "certificate-authority": identity.caFile },
          "token" in identity
            ? { token: identity.token }
            : { "client-certificate": identity.certificateFile, "client-key": identity.keyFile },
        ]
      : [
          { "certificate-authority-data": base64(identity.caPem) },
          {
            "client-certificate-data": base64(identity.certificatePem),
            "client-key-data": base64(identity.keyPem),
          },
        ];
  const servers = [{ name: clusterName, server }, ...others];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    clusters: servers.map((it) => ({
      name: it.name,
      cluster: { server: it.server, ...authority },
    })),
    users: [{ name: user, user: credentials }],
    contexts: servers.map(({ name }) => ({ name, context: { cluster: name, user } })),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** First server, and identity, of a kubeconfig that holds PEM texts, as `kubeconfig` makes it. */
export function identityOf(
  text: string,
): { readonly server: string } & Extract<Identity, { certificatePem: string }> {
  const { clusters, users } = JSON.parse(text) as {
    clusters: [{ cluster: Record<string, string> }];
    users: [{ user: Record<string, string> }];
  };
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const pem = (base64: string | undefined) => Buffer.from(base64 ?? "", "base64").toString();
  return {
    server: cluster["server"] ?? "",
    caPem: pem(cluster["certificate-authority-data"]),
    certificatePem: pem(user["client-certificate-data"]),
    keyPem: pem(user["client-key-data"]),
  };
}

/** Trust bundle of the Kubernetes CA on every machine of the cluster. */
const caFile = "/etc/kubernetes/pki/ca.crt";

/** What a service on a machine of the cluster needs to know. */
export interface ServiceKubeconfigArgs extends Omit<KubeconfigArgs, "identity"> {
  /** Path of its certificate and key on the host: without their endings, or of one `.pem` that holds both. */
  readonly certificate: string;
}

/** The kubeconfig of a service on a machine of the cluster; it names its keys, so it is no secret. */
export function serviceKubeconfig({ certificate, ...args }: ServiceKubeconfigArgs): string {
  const isOneFile = certificate.endsWith(".pem");
  return kubeconfig({
    ...args,
    identity: {
      caFile,
      certificateFile: isOneFile ? certificate : `${certificate}.crt`,
      keyFile: isOneFile ? certificate : `${certificate}.key`,
    },
  });
}

/** Secret. The kubeconfig of a service that has no certificate yet, but a token with which it can ask for one. */
export function tokenKubeconfig({
  token,
  ...args
}: Omit<KubeconfigArgs, "identity"> & { readonly token: string }): string {
  return kubeconfig({ ...args, identity: { token, caFile } });
}
