import type { Operator } from "../lib/operator.ts";

/** The same clusters and contexts, for another user. */
export function personsKubeconfig(
  operator: Operator,
  {
    user,
    certificatePem,
    keyPem,
  }: { readonly user: string; readonly certificatePem: string; readonly keyPem: string },
): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const config: Operator = {
    ...operator,
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(certificatePem),
          "client-key-data": base64(keyPem),
        },
      },
    ],
    contexts: operator.contexts.map(({ name, context }) => ({
      name,
      context: { ...context, user },
    })),
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
