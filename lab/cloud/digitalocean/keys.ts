import type { ApiRequest, Routes } from "../http.ts";
import { timestamp, type CloudState, type Key } from "../model.ts";
import { fingerprintOf } from "../public-key.ts";
import { requiredText } from "./body.ts";
import type { Context } from "../context.ts";
import { notFound, unprocessable } from "./errors.ts";
import { page } from "./pages.ts";
import { keyView } from "./views.ts";

/**
 * SSH keys, by id or fingerprint.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/SSH-Keys
 */
export function keyRoutes({ store }: Context): Routes {
  return {
    "POST /v2/account/keys": async ({ body }) => {
      const key = await store.change((draft) => {
        const made: Key = {
          id: draft.counters.key + 1,
          name: requiredText(body, "name"),
          ...checkedKey(requiredText(body, "public_key")),
          createdAt: timestamp(),
        };
        if (draft.keys.some(({ fingerprint }) => fingerprint === made.fingerprint)) {
          throw unprocessable("SSH Key is already in use on your account");
        }
        draft.counters.key = made.id;
        draft.keys.push(made);
        return made;
      });
      return { status: 201, body: { ssh_key: keyView(key) } };
    },
    "GET /v2/account/keys": (request) => page(request, "ssh_keys", store.state.keys.map(keyView)),
    "GET /v2/account/keys/:id": (request) => ({
      status: 200,
      body: { ssh_key: keyView(keyOf(store.state, request)) },
    }),
    "PUT /v2/account/keys/:id": async (request) => {
      const key = await store.change((draft) => {
        const changed = keyOf(draft, request);
        changed.name = requiredText(request.body, "name");
        return changed;
      });
      return { status: 200, body: { ssh_key: keyView(key) } };
    },
    "DELETE /v2/account/keys/:id": async (request) => {
      await store.change((draft) => {
        draft.keys.splice(draft.keys.indexOf(keyOf(draft, request)), 1);
      });
      return { status: 204 };
    },
  };
}

/** The key that a droplet's order names. */
export function keyNamed(state: CloudState, name: string | number): Key | undefined {
  return state.keys.find(
    ({ id, fingerprint }) => String(id) === String(name) || fingerprint === name,
  );
}

function keyOf(state: CloudState, { params }: ApiRequest): Key {
  const key = keyNamed(state, params["id"] ?? "");
  if (!key) throw notFound();
  return key;
}

/** The key comes back as it was given, white space and all. */
function checkedKey(publicKey: string): Pick<Key, "publicKey" | "fingerprint"> {
  const fingerprint = fingerprintOf(publicKey);
  if (fingerprint === null) {
    throw unprocessable("Key invalid, key should be of the format `type key [comment]`");
  }
  return { publicKey, fingerprint };
}
