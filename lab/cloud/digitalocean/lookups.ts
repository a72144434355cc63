import type { Routes } from "../http.ts";
import { imageNamed, images, regions, sizes } from "./catalog.ts";
import { notFound } from "./errors.ts";
import { page } from "./pages.ts";
import { accountView, imageView } from "./views.ts";

/** What one may ask before ordering anything. */
export const lookupRoutes: Routes = {
  "GET /v2/account": () => ({ status: 200, body: { account: accountView } }),
  "GET /v2/regions": (request) => page(request, "regions", regions),
  "GET /v2/sizes": (request) => page(request, "sizes", sizes),
  "GET /v2/images": (request) => page(request, "images", images.map(imageView)),
  "GET /v2/images/:name": ({ params }) => {
    const image = imageNamed(params["name"] ?? "");
    if (!image) throw notFound();
    return { status: 200, body: { image: imageView(image) } };
  },
};
