import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
} from "node:fs";
import { join } from "node:path";
import { cacheDir, projectDir, type Lab } from "../lib/paths.ts";
import type { MirrorStore } from "../mirror/mirror.ts";

/** Where `npm run up` publishes the lock of the mirror that it filled. */
const published = { dir: join(projectDir, ".hardway"), name: "artifacts.lock.json" } as const;

/**
 * The mirror that a lab serves: a link in its state directory that follows the published lock, so that a mirror
 * filled anew is served at once, by a labd that goes on running. Dangling until there is one.
 *
 * It is found by its lock and not filled here: inside the lab's network nothing could be downloaded.
 */
export function linkedMirror(
  lab: Pick<Lab, "stateDir">,
  log: (line: string) => void,
  places = { published: published.dir, stores: join(cacheDir, "mirror") },
): { readonly store: MirrorStore; readonly close: () => void } {
  const link = join(lab.stateDir, "mirror");
  const follow = (): void => {
    const store = storeOf(join(places.published, published.name), places.stores);
    if (store === null || store === targetOf(link)) return;
    const draft = `${link}.new`;
    rmSync(draft, { force: true });
    symlinkSync(store, draft);
    renameSync(draft, link);
    log(`the mirror is ${store}`);
  };
  mkdirSync(places.published, { recursive: true });
  const watcher = watch(places.published, (_event, name) => {
    if (name === published.name) follow();
  });
  follow();
  return {
    store: { dir: link, lockPath: join(link, "lock.json") },
    close: () => {
      watcher.close();
    },
  };
}

function targetOf(link: string): string | null {
  return lstatSync(link, { throwIfNoEntry: false }) ? readlinkSync(link) : null;
}

/** The store whose lock is the published one, byte for byte; null when there is none. */
function storeOf(lockPath: string, storesDir: string): string | null {
  try {
    const lock = readFileSync(lockPath);
    const stores = readdirSync(storesDir).map((name) => join(storesDir, name));
    return stores.find((store) => hasLock(store, lock)) ?? null;
  } catch {
    return null; // not published, or nothing was filled yet
  }
}

function hasLock(store: string, lock: Buffer): boolean {
  try {
    return readFileSync(join(store, "lock.json")).equals(lock);
  } catch {
    return false;
  }
}
