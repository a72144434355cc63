import { createServer } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { listAt, mapAt, nameOf, withValue, type KubeObject } from "../../kubernetes/objects.ts";
import { isMap, type PropertyMap, type PropertyValue } from "../../lib/values.ts";
import { testCerts } from "./kube-certs.ts";
import { KubeStore } from "./kube-store.ts";

/** A request that the server got. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: PropertyValue;
}

/** What a test may change about the server. */
export interface ApiHooks {
  /** Defaults or changes what is written. */
  onWrite: (object: KubeObject) => KubeObject;
  /** Answers with an error. */
  refuse: (call: ApiCall) => { code: number; reason: string; message: string } | undefined;
  /** False: a deletion only begins. */
  finalize: () => boolean;
}

interface Reply {
  readonly code: number;
  readonly body: PropertyMap;
}

/** Kinds that the server has from the start: group version → `Kind/plural/namespaced`. */
const builtin: Readonly<Record<string, string>> = {
  v1: `ConfigMap/configmaps/1 Secret/secrets/1 Service/services/1 Endpoints/endpoints/1 Pod/pods/1 Event/events/1
    Namespace/namespaces/ Node/nodes/ ServiceAccount/serviceaccounts/1`,
  "apps/v1": "Deployment/deployments/1 ReplicaSet/replicasets/1 DaemonSet/daemonsets/1",
  "apiextensions.k8s.io/v1": "CustomResourceDefinition/customresourcedefinitions/",
};

/**
 * An API server as far as the plugin needs one: kept in memory, over HTTPS with client certificates. It stores what it
 * is sent without defaulting or validation.
 */
export async function startKubeApi() {
  const certs = testCerts();
  const store = new KubeStore();
  const kinds = new Map(Object.entries(builtin));
  const calls: ApiCall[] = [];
  const hooks: ApiHooks = {
    onWrite: (object) => object,
    refuse: () => undefined,
    finalize: () => true,
  };
  const server = createServer(
    { ...certs.server, ca: certs.ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      readCall(request)
        .then((call) => {
          calls.push(call);
          if (call.query["watch"] === "true") {
            const [, name] = /^metadata\.name=(.*)$/.exec(call.query["fieldSelector"] ?? "") ?? [];
            store.watch(call.path, name, response);
            return;
          }
          const { code, body } = answer(call, store, kinds, hooks);
          response.writeHead(code).end(JSON.stringify(body));
        })
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    /** Objects can be written past the API here, as a controller would. */
    store,
    calls,
    hooks,
    /** Adds kinds, as a CRD does; `Kind/plural/namespaced`. */
    addKinds: (groupVersion: string, text: string) => kinds.set(groupVersion, text),
    kubeconfig: (at = `https://127.0.0.1:${port}`): string => kubeconfigText(at, certs),
    close: (): Promise<void> => {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function answer(
  call: ApiCall,
  store: KubeStore,
  kinds: ReadonlyMap<string, string>,
  hooks: ApiHooks,
): Reply {
  const { method, path, query, contentType } = call;
  const body = mapAt(call.body);
  const refused = hooks.refuse(call);
  if (refused) return failure(refused.code, refused.reason, refused.message);
  if (path === "/version") return { code: 200, body: { gitVersion: "v1.36.4" } };
  const discovered = kinds.get(path.replace(/^\/apis?\//, ""));
  if (discovered !== undefined) return { code: 200, body: { resources: resourcesOf(discovered) } };

  const write = (target: string, object: KubeObject): Reply => {
    const accepted = hooks.onWrite(object);
    return { code: 200, body: query["dryRun"] === "All" ? accepted : store.put(target, accepted) };
  };
  const present = store.objects.get(path);
  if (method === "POST")
    return creation(call, store) ?? write(`${path}/${nameOf(body)}`, owned(call));
  if (contentType.startsWith("application/apply-patch")) {
    return write(path, mergeMaps(present ?? {}, body));
  }
  if (!present) {
    return isCollection(path, kinds) && method === "GET"
      ? { code: 200, body: { kind: "List", items: store.under(path) } }
      : failure(404, "NotFound", `${path} not found`);
  }
  if (method === "GET") return { code: 200, body: present };
  if (method === "PUT") return write(path, body);
  if (method === "PATCH") {
    const fields = mapAt(listAt(call.body)[0])["value"] ?? null;
    return write(path, withValue(present, ["metadata", "managedFields"], fields));
  }
  if (hooks.finalize()) store.remove(path);
  return { code: 200, body: { kind: "Status", status: "Success" } };
}

/** Why an object cannot be created, if it cannot. */
function creation({ path, body }: ApiCall, { objects }: KubeStore): Reply | undefined {
  const name = nameOf(mapAt(body));
  const [, namespace] = /\/namespaces\/([^/]+)\//.exec(`${path}/`) ?? [];
  if (namespace !== undefined && !objects.has(`/api/v1/namespaces/${namespace}`)) {
    return failure(404, "NotFound", `namespaces "${namespace}" not found`, "namespaces");
  }
  if (!objects.has(`${path}/${name}`)) return undefined;
  return failure(409, "AlreadyExists", `"${name}" already exists`);
}

function failure(code: number, reason: string, message: string, kind = ""): Reply {
  return { code, body: { kind: "Status", code, reason, message, details: { kind } } };
}

async function readCall(request: IncomingMessage): Promise<ApiCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const url = new URL(request.url ?? "/", "https://test");
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    contentType: request.headers["content-type"] ?? "",
    body: text === "" ? null : (JSON.parse(text) as PropertyValue),
  };
}

function resourcesOf(text: string) {
  return text.split(/\s+/).map((entry) => {
    const [kind = "", name = "", namespaced = ""] = entry.split("/");
    return { kind, name, namespaced: namespaced !== "" };
  });
}

function isCollection(path: string, kinds: ReadonlyMap<string, string>): boolean {
  return [...kinds.values()].flatMap(resourcesOf).some(({ name }) => path.endsWith(`/${name}`));
}

/** Notes who wrote the data, in the form of `managedFields`. */
function owned({ body, query }: ApiCall): KubeObject {
  const object = mapAt(body);
  const fields = Object.keys(mapAt(object, "data")).map((key) => [`f:${key}`, {}]);
  const entry = {
    manager: query["fieldManager"] ?? "",
    operation: "Update",
    fieldsV1: { "f:data": Object.fromEntries(fields) as PropertyMap },
  };
  return withValue(object, ["metadata", "managedFields"], [entry]);
}

function mergeMaps(a: PropertyMap, b: PropertyMap): PropertyMap {
  return Object.entries(b).reduce<PropertyMap>((merged, [key, value]) => {
    const present = merged[key];
    return { ...merged, [key]: isMap(present) && isMap(value) ? mergeMaps(present, value) : value };
  }, a);
}

function kubeconfigText(server: string, certs: ReturnType<typeof testCerts>): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const user = {
    "client-certificate-data": base64(certs.client.cert),
    "client-key-data": base64(certs.client.key),
  };
  const cluster = { server, "certificate-authority-data": base64(certs.ca) };
  return JSON.stringify({
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}
