import {
  lstatSync,
  mkdirSync,
  existsSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
} from "node:fs";
import { basename, join } from "node:path";
import type { Lab } from "../lib/paths.ts";
import type { MirrorStore } from "../mirror/mirror.ts";
import { lockName, publishedDir, storesDir, type PublishedLock } from "../mirror/publish.ts";

/**
 * The mirror that a lab serves: a link in its state directory that follows the published lock, so that a mirror
 * filled anew is served at once, by a labd that goes on running. Dangling until there is one.
 *
 * It is found by the lock and not filled here: inside the lab's network nothing could be downloaded.
 */
export function linkedMirror(
  lab: Pick<Lab, "stateDir">,
  log: (line: string) => void,
  places = { published: publishedDir, stores: storesDir },
): { readonly store: MirrorStore; readonly close: () => void } {
  const link = join(lab.stateDir, "mirror");
  const follow = (): void => {
    const store = storeOf(join(places.published, lockName), places.stores);
    if (store === null || store === targetOf(link)) return;
    const draft = `${link}.new`;
    rmSync(draft, { force: true });
    symlinkSync(store, draft);
    renameSync(draft, link);
    log(`the mirror is ${store}`);
  };
  mkdirSync(places.published, { recursive: true });
  const watcher = watch(places.published, (_event, name) => {
    if (name === lockName) follow();
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

/** The store that the published lock names; null when there is none. */
function storeOf(lockPath: string, storesDir: string): string | null {
  try {
    const { mirror } = JSON.parse(readFileSync(lockPath, "utf8")) as Partial<PublishedLock>;
    const store = mirror === undefined ? null : join(storesDir, basename(mirror));
    return store !== null && existsSync(join(store, "lock.json")) ? store : null;
  } catch {
    return null; // nothing was published yet
  }
}
