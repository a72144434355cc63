import type { Context } from "../context.ts";
import type { ApiRequest, Routes } from "../http.ts";
import { timestamp, type CloudState, type Key } from "../model.ts";
import { fingerprintOf } from "../public-key.ts";
import { requiredText } from "./body.ts";
import { notFound, refused } from "./errors.ts";
import { checkedLabel, labelRules, requiredLabel } from "./labels.ts";
import { page } from "./pages.ts";
import { time } from "./time.ts";

/**
 * SSH keys of the account's user. A Linode gets those that its order names by text, or by user.
 * @see https://techdocs.akamai.com/linode-api/reference/post-add-ssh-key
 */
export function keyRoutes({ store }: Context): Routes {
  return {
    "POST /profile/sshkeys": async ({ body }) => {
      const key = await store.change((draft) => {
        const publicKey = requiredText(body, "ssh_key");
        const fingerprint = fingerprintOf(publicKey);
        if (fingerprint === null) throw refused("SSH Key is not a valid public key", "ssh_key");
        const made: Key = {
          id: ++draft.counters.key,
          name: requiredLabel(body, labelRules.key, null, "keys"),
          publicKey,
          fingerprint,
          createdAt: timestamp(),
        };
        draft.keys.push(made);
        return made;
      });
      return { status: 200, body: keyView(key) };
    },
    "GET /profile/sshkeys": (request) => page(request, store.state.keys.map(keyView)),
    "GET /profile/sshkeys/:id": (request) => ({
      status: 200,
      body: keyView(keyOf(store.state, request)),
    }),
    "PUT /profile/sshkeys/:id": async (request) => {
      const key = await store.change((draft) => {
        const changed = keyOf(draft, request);
        changed.name = checkedLabel(request.body, labelRules.key, null, "keys") ?? changed.name;
        return changed;
      });
      return { status: 200, body: keyView(key) };
    },
    "DELETE /profile/sshkeys/:id": async (request) => {
      await store.change((draft) => {
        draft.keys.splice(draft.keys.indexOf(keyOf(draft, request)), 1);
      });
      return { status: 200, body: {} };
    },
  };
}

const keyView = ({ id, name, publicKey, createdAt }: Key) => ({
  id,
  label: name,
  ssh_key: publicKey,
  created: time(createdAt),
});

function keyOf(state: CloudState, { params }: ApiRequest): Key {
  const key = state.keys.find(({ id }) => String(id) === params["id"]);
  if (!key) throw notFound();
  return key;
}
