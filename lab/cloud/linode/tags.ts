import type { Context } from "../context.ts";
import type { ApiRequest, Routes } from "../http.ts";
import { ensureTag, hasTag, sameTag, type CloudState } from "../model.ts";
import { integers, requiredText } from "./body.ts";
import { firewallDetails } from "./details.ts";
import { notFound, refused } from "./errors.ts";
import { instanceView } from "./instance-views.ts";
import { checkedTag, tagNames } from "./labels.ts";
import { page } from "./pages.ts";

/**
 * Tags come to be by their first use, and go with the last one unless they were made here. A tag lists its Linodes; of firewalls the real API says nothing there.
 * @see https://techdocs.akamai.com/linode-api/reference/get-tags
 */
export function tagRoutes(context: Context): Routes {
  const { store } = context;
  return {
    "GET /tags": (request) => page(request, tagNames(store.state).map(tagView)),
    "POST /tags": async ({ body }) => {
      const tag = await store.change((draft) => {
        const name = ensureTag(draft, checkedTag(requiredText(body, "label"), "label"));
        for (const id of integers(body, "linodes")) tagMachine(draft, id, name);
        return name;
      });
      return { status: 200, body: tagView(tag) };
    },
    "GET /tags/:label": (request) => {
      const name = tagOf(store.state, request);
      const tagged = store.state.machines.filter(({ tags }) => hasTag(tags, name));
      return page(
        request,
        tagged.map((machine) => ({ type: "linode", data: instanceView(context, machine) })),
      );
    },
    "DELETE /tags/:label": async (request) => {
      await store.change((draft) => {
        const name = tagOf(draft, request);
        const holders = [...draft.machines, ...draft.firewalls.map(firewallDetails)];
        for (const holder of holders) {
          holder.tags = holder.tags.filter((tag) => !sameTag(tag, name));
        }
        const made = draft.tags.findIndex((tag) => sameTag(tag.name, name));
        if (made >= 0) draft.tags.splice(made, 1);
      });
      return { status: 200, body: {} };
    },
  };
}

const tagView = (name: string) => ({ label: name });

function tagMachine(draft: CloudState, id: number, name: string): void {
  const machine = draft.machines.find((known) => known.id === id);
  if (!machine) throw refused(`Linode ${id} not found`, "linodes");
  if (!hasTag(machine.tags, name)) machine.tags.push(name);
}

function tagOf(state: CloudState, { params }: ApiRequest): string {
  const tag = tagNames(state).find((name) => sameTag(name, params["label"] ?? ""));
  if (tag === undefined) throw notFound();
  return tag;
}
