import type { ApiRequest, Routes } from "../http.ts";
import { ensureTag, hasTag, sameTag, type CloudState, type Tag } from "../model.ts";
import { objects, requiredText } from "./body.ts";
import type { Context } from "../context.ts";
import { notFound, notInLab, unprocessable } from "./errors.ts";
import { page } from "./pages.ts";
import { tagView } from "./views.ts";

/**
 * Tags, which are found without regard to case; only droplets can carry one here.
 * @see https://docs.digitalocean.com/reference/api/digitalocean/#tag/Tags
 */
export function tagRoutes({ store }: Context): Routes {
  return {
    "POST /v2/tags": async ({ body, url }) => {
      const name = checkedTag(requiredText(body, "name"));
      const known = await store.change((draft) => ensureTag(draft, name));
      return { status: 201, body: { tag: tagView(store.state, { name: known }, url.origin) } };
    },
    "GET /v2/tags": (request) => {
      const { state } = store;
      return page(
        request,
        "tags",
        state.tags.map((tag) => tagView(state, tag, request.url.origin)),
      );
    },
    "GET /v2/tags/:name": (request) => ({
      status: 200,
      body: { tag: tagView(store.state, tagOf(store.state, request), request.url.origin) },
    }),
    "DELETE /v2/tags/:name": async (request) => {
      await store.change((draft) => {
        const tag = tagOf(draft, request);
        draft.tags.splice(draft.tags.indexOf(tag), 1);
        for (const holder of [...draft.machines, ...draft.firewalls]) {
          holder.tags = holder.tags.filter((name) => !sameTag(name, tag.name));
        }
      });
      return { status: 204 };
    },
    "POST /v2/tags/:name/resources": (request) =>
      retag(request, (tags, name) => (hasTag(tags, name) ? tags : [...tags, name])),
    "DELETE /v2/tags/:name/resources": (request) =>
      retag(request, (tags, name) => tags.filter((tag) => !sameTag(tag, name))),
  };

  async function retag(
    request: ApiRequest,
    change: (tags: string[], name: string) => string[],
  ): Promise<{ status: number }> {
    await store.change((draft) => {
      const { name } = tagOf(draft, request);
      for (const resource of objects(request.body, "resources")) {
        const type = requiredText(resource, "resource_type");
        if (type !== "droplet") throw notInLab(`tagging a ${type}`);
        const machine = draft.machines.find(({ id }) => String(id) === resource["resource_id"]);
        if (!machine) throw notFound();
        machine.tags = change(machine.tags, name);
      }
    });
    return { status: 204 };
  }
}

/** @throws ApiError 422 when it is no tag name */
export function checkedTag(name: string): string {
  if (/^[a-zA-Z0-9:_-]{1,255}$/.test(name)) return name;
  throw unprocessable(
    "tags may contain lowercase letters, numbers, colons, dashes, and underscores; there is a limit of 255 characters per tag",
  );
}

function tagOf(state: CloudState, { params }: ApiRequest): Tag {
  const tag = state.tags.find(({ name }) => sameTag(name, params["name"] ?? ""));
  if (!tag) throw notFound();
  return tag;
}
