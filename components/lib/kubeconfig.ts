/** Where an identity's certificate and key come from: files on the host, or the PEM texts themselves. */
export type Identity =
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
}

/**
 * A kubeconfig as JSON, which every reader of YAML accepts; keys in a fixed order.
 * With files it holds no secret; with PEM texts it is one.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function kubeconfig({ clusterName, server, user, identity }: KubeconfigArgs): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const [authority, credentials] =
    "caFile" in identity
      ? [
          { "certificate-authority": identity.caFile },
          { "client-certificate": identity.certificateFile, "client-key": identity.keyFile },
        ]
      : [
          { "certificate-authority-data": base64(identity.caPem) },
          {
            "client-certificate-data": base64(identity.certificatePem),
            "client-key-data": base64(identity.keyPem),
          },
        ];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    clusters: [{ name: clusterName, cluster: { server, ...authority } }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Server and identity of a kubeconfig that holds PEM texts, as `kubeconfig` makes it. */
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

/** What a service on a machine of the cluster needs to know. */
export interface ServiceKubeconfigArgs extends Omit<KubeconfigArgs, "identity"> {
  /** Path of its certificate and key on the host, without their endings. */
  readonly certificate: string;
}

/** The kubeconfig of a service on a machine of the cluster; it names its keys, so it is no secret. */
export function serviceKubeconfig({ certificate, ...args }: ServiceKubeconfigArgs): string {
  return kubeconfig({
    ...args,
    identity: {
      caFile: "/etc/kubernetes/pki/ca.crt",
      certificateFile: `${certificate}.crt`,
      keyFile: `${certificate}.key`,
    },
  });
}
