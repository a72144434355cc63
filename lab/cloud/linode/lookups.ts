import type { ApiRequest, Routes } from "../http.ts";
import { imageNamed, images, planNamed, plans, regionNamed, regions } from "./catalog.ts";
import type { Image, Plan, Region } from "./catalog.ts";
import { notFound } from "./errors.ts";
import { page } from "./pages.ts";

/** The one user of the lab's account. */
export const userName = "lab";

/** What one may ask before ordering anything. */
export const lookupRoutes: Routes = {
  "GET /linode/types": (request) => page(request, plans.map(planView)),
  "GET /linode/types/:id": (request) => found(planNamed(idIn(request)), planView),
  "GET /regions": (request) => page(request, regions.map(regionView)),
  "GET /regions/:id": (request) => found(regionNamed(idIn(request)), regionView),
  "GET /images": (request) => page(request, images.map(imageView)),
  "GET /images/:id": (request) => found(imageNamed(idIn(request)), imageView),
  "GET /account": () => ({ status: 200, body: accountView }),
  "GET /profile": () => ({ status: 200, body: profileView }),
  // an inventory asks for these too; the lab never has any
  "GET /volumes": (request) => page(request, []),
  "GET /nodebalancers": (request) => page(request, []),
};

const idIn = ({ params }: ApiRequest): string => params["id"] ?? "";

function found<T>(thing: T | undefined, view: (thing: T) => object) {
  if (thing === undefined) throw notFound();
  return { status: 200, body: view(thing) };
}

const planView = ({ backups, ...plan }: Plan) => ({
  ...plan,
  gpus: 0,
  accelerated_devices: 0,
  network_out: plan.transfer,
  successor: null,
  addons: { backups: { price: backups, region_prices: [] } },
});

const regionView = (region: Region) => ({
  ...region,
  status: "ok",
  site_type: "core",
  resolvers: { ipv4: "192.0.2.53", ipv6: "2001:db8::53" },
  placement_group_limits: { maximum_pgs_per_customer: 100, maximum_linodes_per_pg: 5 },
  monitors: { alerts: [], metrics: [] },
});

const imageView = ({ inLab, ...image }: Image) => ({
  ...image,
  description: inLab ? "" : "not in the lab",
  type: "manual",
  status: "available",
  is_public: true,
  deprecated: false,
  total_size: image.size,
  capabilities: ["cloud-init"],
  updated: image.created,
  expiry: null,
  eol: null,
  created_by: "linode",
  regions: [],
  tags: [],
});

const accountView = {
  first_name: "Lab",
  last_name: "Lab",
  company: "lab",
  email: "lab@example.invalid",
  address_1: "",
  address_2: "",
  city: "",
  state: "",
  zip: "",
  country: "US",
  phone: "",
  tax_id: "",
  balance: 0,
  balance_uninvoiced: 0,
  credit_card: { last_four: null, expiry: null },
  active_since: "2026-01-01T00:00:00",
  active_promotions: [],
  billing_source: "linode",
  euuid: "00000000-0000-4000-8000-000000000000",
  capabilities: ["Linodes", "VPCs", "Cloud Firewall"],
};

const profileView = {
  uid: 1,
  username: userName,
  email: "lab@example.invalid",
  timezone: "UTC",
  email_notifications: false,
  referrals: { code: "", url: "", total: 0, completed: 0, pending: 0, credit: 0 },
  ip_whitelist_enabled: false,
  lish_auth_method: "keys_only",
  authorized_keys: [],
  two_factor_auth: false,
  restricted: false,
  authentication_type: "password",
  verified_phone_number: null,
};
