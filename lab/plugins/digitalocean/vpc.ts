import type { VpcArgs, VpcState } from "@pulumi/digitalocean/vpc.js";
import { flag, inner, text, type Json } from "../lib/bridge/attributes.ts";
import { failing } from "../lib/bridge/failing.ts";
import { isEqual } from "../lib/bridge/same.ts";
import { cidr, lengthUpTo, notEmpty } from "../lib/bridge/validators.ts";
import { waitForState } from "../lib/bridge/wait.ts";
import type { PropertySpec } from "../lib/schema-table.ts";
import { ResponseError } from "./client.ts";
import type { BridgedResource, Call } from "./resource.ts";

const inputs = {
  name: { type: "string", required: true },
  region: { type: "string", required: true, replaces: true },
  description: { type: "string" },
  ipRange: { type: "string", computed: true, replaces: true },
} as const satisfies Record<keyof VpcArgs, PropertySpec>;

const output = { computed: true, outputOnly: true } as const;

const table = {
  ...inputs,
  createdAt: { type: "string", ...output },
  default: { type: "boolean", ...output },
  vpcUrn: { type: "string", ...output },
} as const satisfies Record<keyof VpcState, PropertySpec>;

/** VPCs of one region are made one after the other: their ranges are chosen by the cloud. */
const turns = new Map<string, Promise<unknown>>();

/** @see https://github.com/digitalocean/terraform-provider-digitalocean/blob/v2.87.0/digitalocean/vpc/resource_vpc.go */
export const vpc: BridgedResource = {
  table,
  sets: {},
  autoNamed: true,
  meta: '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"delete":120000000000}}',
  timeouts: { create: 1200, update: 1200, delete: 120 },
  descriptions: { region: "DigitalOcean region slug for the VPC's location" },
  validators: {
    name: notEmpty("name"),
    region: notEmpty("region"),
    description: lengthUpTo("description", 255),
    ipRange: cidr("ip_range"),
  },

  create: async ({ client, signal }, given) => {
    const region = text(given, "region");
    const [description, range] = [text(given, "description"), text(given, "ipRange")];
    const body: Json = {
      name: text(given, "name"),
      region,
      ...(description === "" ? {} : { description }),
      ...(range === "" ? {} : { ip_range: range }),
    };
    const turn = (turns.get(region) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => client.request("POST", "/v2/vpcs", signal, body));
    turns.set(region, turn);
    return text(inner(await turn.catch(failing("Error creating VPC")), "vpc"), "id");
  },

  read: async ({ client, signal }, id) => {
    const answer = await client.find(`/v2/vpcs/${id}`, signal).catch(failing("Error reading VPC"));
    if (answer === null) return null;
    const found = inner(answer, "vpc");
    return {
      name: text(found, "name"),
      region: text(found, "region"),
      description: text(found, "description"),
      ipRange: text(found, "ip_range"),
      vpcUrn: text(found, "urn"),
      default: flag(found, "default"),
      createdAt: goTime(text(found, "created_at")),
    };
  },

  update: async ({ client, signal }, id, state, planned) => {
    const changed = ["name", "description"].some(
      (name) => !isEqual(state[name] ?? "", planned[name] ?? ""),
    );
    if (!changed) return;
    const description = text(planned, "description");
    const body: Json = {
      name: text(planned, "name"),
      ...(description === "" ? {} : { description }),
      default: flag(state, "default"),
    };
    await client
      .request("PUT", `/v2/vpcs/${id}`, signal, body)
      .catch(failing("Error updating VPC "));
  },

  delete: (call, id) => deleteEmpty(call, id),
};

/** Members that are going away hold a VPC for a while. */
async function deleteEmpty(call: Call, id: string): Promise<void> {
  let refusal: ResponseError | null = null;
  const look = async (): Promise<string> => {
    try {
      await call.client.request("DELETE", `/v2/vpcs/${id}`, call.signal);
      return "gone";
    } catch (error) {
      if (error instanceof ResponseError && (error.status === 403 || error.status === 409)) {
        refusal = error;
        return "held";
      }
      return failing("Error deleting VPC")(error);
    }
  };
  await waitForState(look, { ...call, target: "gone", pending: ["held"] }).catch(
    (error: unknown) => {
      // of a limit that has passed, the last refusal is what is to be told
      throw refusal !== null && String(error).includes("timeout while waiting") ? refusal : error;
    },
  );
}

/** A time of the API as Go prints it: `2024-06-14 10:30:49 +0000 UTC`. */
function goTime(iso: string): string {
  const [, date, time, fraction = ""] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?Z$/.exec(iso) ?? [];
  if (date === undefined || time === undefined) return iso;
  const shown = fraction.replace(/\.?0+$/, "");
  return `${date} ${time}${shown} +0000 UTC`;
}
