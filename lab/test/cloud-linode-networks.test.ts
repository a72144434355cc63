import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  inSubnet,
  linodeCall,
  linodeOrder,
  makeLinode,
  makeSubnet,
  refusal,
} from "./cloud-linode-support.ts";
import { sampleKey, TestCloud } from "./cloud-support.ts";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await new TestCloud().start();
});
afterEach(() => cloud.stop());

const call = (method: string, path: string, body?: unknown) =>
  linodeCall(cloud, method, path, body);

describe("a VPC", () => {
  it("is made, changed and deleted, and has subnets", async () => {
    const made = await call("POST", "/v4/vpcs", { label: "hw", region: "us-ord" });
    const path = `/v4/vpcs/${made.body.id}`;
    expect(made.body).toMatchObject({ label: "hw", description: "", subnets: [] });
    const changed = await call("PUT", path, { description: "of k8s" });
    expect(changed.body).toEqual({ ...made.body, description: "of k8s" });

    const subnet = await call("POST", `${path}/subnets`, { label: "nodes", ipv4: "10.0.0.0/24" });
    expect(subnet.body).toMatchObject({ label: "nodes", ipv4: "10.0.0.0/24", linodes: [] });
    const subnetPath = `${path}/subnets/${subnet.body.id}`;
    expect((await call("PUT", subnetPath, { label: "other" })).body.label).toBe("other");
    expect((await call("GET", path)).body.subnets).toMatchObject([{ label: "other" }]);

    expect((await call("DELETE", subnetPath)).body).toEqual({});
    expect((await call("GET", subnetPath)).status).toBe(404);
    expect((await call("DELETE", path)).status).toBe(200);
    expect((await call("GET", path)).status).toBe(404);
  });

  it.each([
    [{ region: "us-east" }, "region", "Region us-east does not support VPCs"],
    [{ region: "mars" }, "region", "region is not valid"],
    [{ label: "a_b" }, "label", /^Must have only ASCII letters/],
    [{ label: "taken" }, "label", "Label must be unique among your VPCs"],
  ])("is refused for %j", async (changes, field, reason) => {
    await makeSubnet(cloud, "10.1.0.0/24", "taken");
    const answer = await call("POST", "/v4/vpcs", { label: "hw", region: "us-ord", ...changes });
    expect(refusal(answer)).toEqual([
      400,
      field,
      typeof reason === "string" ? reason : (expect.stringMatching(reason) as unknown),
    ]);
  });

  it.each([
    ["10.0.0.128/25", /^Overlaps subnet nodes/],
    ["10.9.0.1/24", /CIDR/],
    ["10.9.0.0/30", /at most 29/],
    ["8.8.8.0/24", /private range/],
    ["192.168.200.0/24", /private range/],
    ["10.240.8.0/24", /overlaps the lab's public addresses/],
  ])("takes no subnet %s", async (ipv4, reason) => {
    const { vpc } = await makeSubnet(cloud);
    const answer = await call("POST", `/v4/vpcs/${vpc}/subnets`, { label: "more", ipv4 });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]?.reason).toMatch(reason);
  });

  it("overlaps no other one of either cloud: the lab has one table of routes", async () => {
    await cloud.call("POST", "/v2/vpcs", { name: "do", region: "fra1", ip_range: "10.5.0.0/20" });
    const { vpc } = await makeSubnet(cloud);
    const answer = await call("POST", `/v4/vpcs/${vpc}/subnets`, {
      label: "more",
      ipv4: "10.5.1.0/24",
    });
    expect(answer.body.errors[0]?.reason).toContain("10.5.0.0/20 of do, which it overlaps");
    const droplets = await cloud.call("POST", "/v2/vpcs", {
      name: "other",
      region: "fra1",
      ip_range: "10.0.0.0/20",
    });
    expect([droplets.status, droplets.body.message]).toEqual([
      422,
      expect.stringContaining("range 10.0.0.0/24 of hw beside 10.0.0.0/20 of other"),
    ]);
  });

  it("stays while Linodes are in it", async () => {
    const { vpc, subnet } = await makeSubnet(cloud);
    const id = await makeLinode(cloud, { interfaces: inSubnet(subnet) });
    const path = `/v4/vpcs/${vpc}`;
    expect((await call("GET", `${path}/subnets/${subnet}`)).body.linodes).toMatchObject([
      { id, interfaces: [{ active: true }] },
    ]);
    expect((await call("GET", `${path}/ips`)).body.data).toMatchObject([{ address: "10.0.0.2" }]);
    expect((await call("DELETE", `${path}/subnets/${subnet}`)).status).toBe(400);
    expect((await call("DELETE", path)).status).toBe(400);
    await call("DELETE", `/v4/linode/instances/${id}`);
    await cloud.cloud.idle();
    expect((await call("DELETE", path)).status).toBe(200);
  });

  it.each([
    ["10.0.0.5", "Address 10.0.0.5 is in use in this VPC"],
    ["10.0.1.5", "Must be an address of the subnet's range 10.0.0.0/24"],
    ["10.0.0.1", "The first two and the last two addresses of a subnet are reserved"],
    ["10.0.0.254", "The first two and the last two addresses of a subnet are reserved"],
    ["nowhere", "Must be an address of the subnet's range 10.0.0.0/24"],
  ])("gives nobody the address %s", async (address, reason) => {
    const { subnet } = await makeSubnet(cloud);
    await makeLinode(cloud, { interfaces: inSubnet(subnet, "10.0.0.5") });
    const order = { ...linodeOrder, label: "worker-2", interfaces: inSubnet(subnet, address) };
    expect(refusal(await call("POST", "/v4/linode/instances", order))).toEqual([
      400,
      "interfaces[1].ipv4.vpc",
      reason,
    ]);
  });

  it("is for Linodes of its region", async () => {
    const { subnet } = await makeSubnet(cloud);
    const order = { ...linodeOrder, region: "us-sea", interfaces: inSubnet(subnet) };
    expect(refusal(await call("POST", "/v4/linode/instances", order))[2]).toBe(
      "The VPC is in region us-ord and the Linode in us-sea",
    );
    const nowhere = { ...linodeOrder, interfaces: inSubnet(1) };
    expect(refusal(await call("POST", "/v4/linode/instances", nowhere))[2]).toBe(
      "Subnet not found",
    );
  });
});

describe("an SSH key of the profile", () => {
  it("is made, renamed and deleted", async () => {
    const made = await call("POST", "/v4/profile/sshkeys", {
      label: "operator",
      ssh_key: sampleKey.text,
    });
    const path = `/v4/profile/sshkeys/${made.body.id}`;
    expect(made.body).toMatchObject({ label: "operator", ssh_key: sampleKey.text });
    expect((await call("PUT", path, { label: "other" })).body).toEqual({
      ...made.body,
      label: "other",
    });
    expect((await call("GET", "/v4/profile/sshkeys")).body.results).toBe(1);
    expect((await call("DELETE", path)).body).toEqual({});
    expect((await call("GET", path)).status).toBe(404);
    const bad = await call("POST", "/v4/profile/sshkeys", { label: "k", ssh_key: "ssh-ed25519 x" });
    expect(refusal(bad)).toEqual([400, "ssh_key", "SSH Key is not a valid public key"]);
  });
});
