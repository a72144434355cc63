import { afterEach, beforeEach, expect, test } from "vitest";
import { digitalOceanClient } from "../../cli/inventory/digitalocean.ts";
import { takeInventory } from "../../cli/inventory/inventory.ts";
import { linodeClient } from "../../cli/inventory/linode.ts";
import type { StackFacts, StoredThing } from "../../cli/inventory/stack.ts";
import { linodeCall, linodeOrder, makeLinode, makeSubnet } from "./cloud-linode-support.ts";
import { makeDroplet, TestCloud, testToken } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

const api = (base: string) => ({ base, token: testToken, tokenKey: "token" });
const stack = (resources: readonly StoredThing[]): StackFacts => ({
  provider: "",
  tag: "hardway-dev",
  zone: null,
  endpoint: null,
  token: null,
  tokenKey: "",
  resources,
  interrupted: [],
});

test("finds on DigitalOcean's API what carries the cluster's tag or name, and says what the state does not know", async () => {
  const client = digitalOceanClient(api(cloud.cloud.url));
  const known = await makeDroplet(cloud, { name: "master-1", tags: ["hardway-dev"] });
  const orphan = await makeDroplet(cloud, { name: "worker-1", tags: ["hardway-dev"] });
  await makeDroplet(cloud, { name: "worker-1", tags: ["hardway-other"] });
  await cloud.call("POST", "/v2/vpcs", {
    name: "hardway-dev",
    region: "fra1",
    ip_range: "10.9.0.0/24",
  });
  const { body } = await cloud.call("POST", "/v2/reserved_ips", { droplet_id: known });
  await cloud.cloud.idle();

  const { vpcs } = (await cloud.call("GET", "/v2/vpcs")).body;
  const vpc = vpcs.find(({ name }) => name === "hardway-dev");
  const found = await takeInventory(
    client,
    stack([
      { type: "digitalocean:index/droplet:Droplet", id: String(known), name: "master-1" },
      { type: "digitalocean:index/vpc:Vpc", id: vpc?.id ?? "", name: "vpc" },
      {
        type: "digitalocean:index/reservedIp:ReservedIp",
        id: body.reserved_ip.ip,
        name: "api-address",
      },
      { type: "digitalocean:index/tag:Tag", id: "hardway-dev", name: "tag" },
      { type: "digitalocean:index/droplet:Droplet", id: "77", name: "worker-9" },
    ]),
  );
  expect(found.orphans.map(({ id, bills }) => [id, bills])).toEqual([[String(orphan), true]]);
  expect(found.ghosts.map(({ name }) => name)).toEqual(["worker-9"]);
  expect(found.unclear).toEqual([]);
  expect(found.known).toHaveLength(4);
});

test("finds the same on Linode's, with the subnets of the VPC", async () => {
  const client = linodeClient(api(`${cloud.cloud.linodeUrl}/v4`));
  const tags = ["hardway-dev"];
  const known = await makeLinode(cloud, { label: "hardway-dev-master-1", tags });
  const orphan = await makeLinode(cloud, { label: "hardway-dev-worker-1", tags });
  await makeLinode(cloud, { ...linodeOrder, label: "shop" });
  const { vpc, subnet } = await makeSubnet(cloud, "10.0.0.0/24", "hardway-dev");
  const rules = { inbound_policy: "DROP", outbound_policy: "ACCEPT", inbound: [], outbound: [] };
  const firewall = await linodeCall(cloud, "POST", "/v4/networking/firewalls", {
    label: "hardway-dev-worker",
    rules,
  });

  const found = await takeInventory(
    client,
    stack([{ type: "linode:index/instance:Instance", id: String(known), name: "master-1" }]),
  );
  expect(found.orphans.map(({ type, id }) => `${type.split(":")[2] ?? ""} ${id}`)).toEqual([
    `Instance ${orphan}`,
    `Firewall ${firewall.body.id}`,
    `Vpc ${vpc}`,
    `VpcSubnet ${subnet}`,
  ]);
  expect(found.known.map(({ id }) => id)).toEqual([String(known)]);
});

test("says of an account without the cluster that nothing is there", async () => {
  for (const client of [
    digitalOceanClient(api(cloud.cloud.url)),
    linodeClient(api(`${cloud.cloud.linodeUrl}/v4`)),
  ]) {
    await expect(client.list("hardway-dev")).resolves.toEqual([]);
  }
});
