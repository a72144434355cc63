import { isMap } from "../lib/values.ts";
import { isNotFound, NoMatchError, NoScopeError } from "./api-error.ts";
import type { ApiClient } from "./client.ts";
import { builtinScope, groupVersion, type GroupVersion, type GroupVersionKind } from "./kinds.ts";
import { listAt, textAt, type KubeObject } from "./objects.ts";

/** How the API server names a kind in paths. */
export interface ApiResource {
  readonly kind: string;
  /** Plural, as in paths. */
  readonly name: string;
  readonly namespaced: boolean;
}

/** What kinds the API server has; asked for one group version at a time, when first needed. */
export class Discovery {
  private readonly client: ApiClient;
  private readonly known = new Map<string, Promise<readonly ApiResource[]>>();
  /** Scope of kinds whose CRD this run means to create, by `group/Kind`. */
  private readonly planned = new Map<string, boolean>();

  constructor(client: ApiClient) {
    this.client = client;
  }

  /**
   * Finds a kind; asks once more when it is missing, because its CRD may be new.
   * @throws NoMatchError when the server has no such kind
   */
  async resource(gvk: GroupVersionKind, signal: AbortSignal): Promise<ApiResource> {
    const isCached = this.known.has(groupVersion(gvk));
    const found = await this.find(gvk, signal);
    if (found) return found;
    if (isCached) {
      this.forget(gvk);
      const again = await this.find(gvk, signal);
      if (again) return again;
    }
    throw new NoMatchError(gvk);
  }

  /** True when the server has the kind. */
  async has(gvk: GroupVersionKind, signal: AbortSignal): Promise<boolean> {
    try {
      await this.resource(gvk, signal);
      return true;
    } catch (error) {
      if (error instanceof NoMatchError) return false;
      throw error;
    }
  }

  /**
   * Whether a kind lives in a namespace.
   * @throws NoScopeError when neither this run nor the server knows the kind
   */
  async isNamespaced(gvk: GroupVersionKind, signal: AbortSignal): Promise<boolean> {
    const known = builtinScope(gvk) ?? this.planned.get(`${gvk.group}/${gvk.kind}`);
    if (known !== undefined) return known;
    try {
      return (await this.resource(gvk, signal)).namespaced;
    } catch {
      throw new NoScopeError(gvk);
    }
  }

  /** Remembers the scope that a CRD of this run gives its kind. */
  plan(crd: KubeObject): void {
    const key = `${textAt(crd, "spec", "group")}/${textAt(crd, "spec", "names", "kind")}`;
    this.planned.set(key, textAt(crd, "spec", "scope") === "Namespaced");
  }

  /** Asks for the core group at once; fails when the API server does not answer or knows us not. */
  async prime(signal: AbortSignal, timeoutMs: number): Promise<void> {
    const core = this.fetch({ group: "", version: "v1" }, signal, timeoutMs);
    this.known.set("v1", core);
    await core;
  }

  /** Has the kind's group version asked for again. */
  forget(gvk: GroupVersion): void {
    this.known.delete(groupVersion(gvk));
  }

  /**
   * Path of a kind's objects, or of one of them.
   * @param namespace - "" is "default"; of no meaning for kinds outside of namespaces
   */
  async path(
    gvk: GroupVersionKind,
    namespace: string,
    name: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const resource = await this.resource(gvk, signal);
    const scope = resource.namespaced ? `/namespaces/${namespace || "default"}` : "";
    const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${rootOf(gvk)}${scope}/${resource.name}${object}`;
  }

  private async find(gvk: GroupVersionKind, signal: AbortSignal): Promise<ApiResource | undefined> {
    const key = groupVersion(gvk);
    let resources = this.known.get(key);
    if (!resources) {
      resources = this.fetch(gvk, signal);
      this.known.set(key, resources);
      resources.catch(() => this.known.delete(key));
    }
    return (await resources).find(({ kind }) => kind === gvk.kind);
  }

  private async fetch(
    gvk: GroupVersion,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<readonly ApiResource[]> {
    try {
      const list = await this.client.call("GET", rootOf(gvk), { signal, timeoutMs });
      return listAt(list, "resources")
        .filter(isMap)
        .filter((resource) => !textAt(resource, "name").includes("/"))
        .map((resource) => ({
          kind: textAt(resource, "kind"),
          name: textAt(resource, "name"),
          namespaced: resource["namespaced"] === true,
        }));
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}

function rootOf(gvk: GroupVersion): string {
  return gvk.group === "" ? `/api/${gvk.version}` : `/apis/${groupVersion(gvk)}`;
}
