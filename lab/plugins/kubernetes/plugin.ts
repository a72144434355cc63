import type { Plugin, ResourceHandler } from "../lib/plugin.ts";
import { checkConfig, providerArgs } from "./config.ts";
import { diffConfig } from "./diff-config.ts";
import { kubernetesHandler } from "./handler.ts";
import { parseTypeToken } from "./kinds.ts";
import { configure, type Session } from "./session.ts";

/**
 * Stands in for pulumi-kubernetes 4.32.0: every kind of Kubernetes object, by server-side apply.
 * Not here: components (Helm, YAML, Kustomize), client-side apply, rendering to files.
 */
export function kubernetesPlugin(): Plugin {
  let session: Session | undefined;
  const configured = (): Session => {
    if (session) return session;
    throw new Error("the provider has not been configured");
  };
  return {
    name: "kubernetes",
    version: "4.32.0",
    config: providerArgs,
    checkConfig: ({ news }) => ({ inputs: news, failures: checkConfig(news) }),
    diffConfig,
    configure: async (args, context) => {
      session = await configure(args, context);
    },
    resources: handlersByType(configured),
  };
}

/** Looks like a record of handlers, and makes one for any type token that is a Kubernetes kind. */
function handlersByType(session: () => Session): Readonly<Record<string, ResourceHandler>> {
  const made = new Map<string, ResourceHandler>();
  const handlerFor = (type: string): ResourceHandler | undefined => {
    const known = made.get(type);
    if (known) return known;
    const gvk = parseTypeToken(type);
    if (!gvk) return undefined;
    const handler = kubernetesHandler(gvk, session);
    made.set(type, handler);
    return handler;
  };
  return new Proxy<Record<string, ResourceHandler>>(
    {},
    {
      get: (_, type) => (typeof type === "string" ? handlerFor(type) : undefined),
      has: (_, type) => typeof type === "string" && handlerFor(type) !== undefined,
    },
  );
}
