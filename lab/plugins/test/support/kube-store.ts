import type { ServerResponse } from "node:http";
import { generationOf, isEqual, mapAt, nameOf, type KubeObject } from "../../kubernetes/objects.ts";

interface Watcher {
  readonly collection: string;
  readonly name: string | undefined;
  readonly response: ServerResponse;
}

/** Objects by their path, and who watches them. */
export class KubeStore {
  readonly objects = new Map<string, KubeObject>();
  private readonly watchers = new Set<Watcher>();
  private version = 100;

  /** Writes an object and tells those who watch; gives it as stored, with uid, generation and resource version. */
  put(path: string, object: KubeObject): KubeObject {
    this.version += 1;
    const before = this.objects.get(path);
    const isChanged = !isEqual(before?.["spec"], object["spec"]);
    const metadata = {
      uid: `uid-${this.version}`,
      ...mapAt(before, "metadata"),
      ...mapAt(object, "metadata"),
      generation: before ? generationOf(before) + (isChanged ? 1 : 0) : 1,
      resourceVersion: String(this.version),
    };
    const stored = { ...object, metadata };
    this.objects.set(path, stored);
    this.notify(before ? "MODIFIED" : "ADDED", path, stored);
    return stored;
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    this.objects.delete(path);
    if (object) this.notify("DELETED", path, object);
  }

  /** The objects of a collection. */
  under(collection: string): readonly KubeObject[] {
    return [...this.objects]
      .filter(([path]) => parent(path) === collection)
      .map(([, item]) => item);
  }

  /** Streams events, first of what there is; of one object, when it is named. */
  watch(collection: string, name: string | undefined, response: ServerResponse): void {
    const watcher = { collection, name, response };
    response.writeHead(200);
    response.flushHeaders();
    for (const object of this.under(collection)) send(watcher, "ADDED", object);
    this.watchers.add(watcher);
    response.once("close", () => this.watchers.delete(watcher));
  }

  watching(): number {
    return this.watchers.size;
  }

  /** Ends every watch, as an API server does that is restarted. */
  breakWatches(): void {
    for (const { response } of this.watchers) response.end();
    this.watchers.clear();
  }

  private notify(type: string, path: string, object: KubeObject): void {
    for (const watcher of this.watchers) {
      if (watcher.collection === parent(path)) send(watcher, type, object);
    }
  }
}

function send({ name, response }: Watcher, type: string, object: KubeObject): void {
  if (name !== undefined && name !== nameOf(object)) return;
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
