import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clientOf, parseInventoryCommand } from "../../cli/inventory/command.ts";
import { digitalOceanClient } from "../../cli/inventory/digitalocean.ts";
import { type Api, getJson } from "../../cli/inventory/http.ts";
import { inventoryText, takeInventory } from "../../cli/inventory/inventory.ts";
import { linodeClient } from "../../cli/inventory/linode.ts";
import { factsOf, type StackFacts } from "../../cli/inventory/stack.ts";

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A cloud that answers what a test says; asked with the path and its query. */
let answer: (path: string, headers: IncomingHttpHeaders) => Answer = () => ({
  status: 404,
  body: {},
});
let server: Server;
let api: Api;
let waits: number[] = [];
let asked: string[] = [];

const token = "a-token-that-nobody-may-see";

beforeEach(async () => {
  [waits, asked] = [[], []];
  server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const { status = 200, headers = {}, body } = answer(path, request.headers);
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    tokenKey: "digitalocean:token or DIGITALOCEAN_TOKEN",
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const fra1 = { slug: "fra1" };
const droplet = (id: number, name: string, tags: readonly string[]) => ({
  id,
  name,
  tags,
  size_slug: "s-1vcpu-1gb",
  status: "active",
  region: fra1,
});

/** An account at DigitalOcean with a cluster `dev`, one named alike, and a machine of somebody else. */
function account(path: string): Answer {
  const { pathname, searchParams } = new URL(path, "http://cloud");
  switch (pathname) {
    case "/v2/droplets":
      // Two pages.
      return searchParams.get("page") === "1"
        ? {
            body: {
              droplets: [droplet(1, "master-1", ["hardway-dev"]), droplet(2, "shop", [])],
              links: { pages: { next: "http://elsewhere.example/v2/droplets?page=2" } },
            },
          }
        : {
            body: {
              droplets: [
                droplet(3, "worker-1", ["hardway-dev-worker", "hardway-dev"]),
                droplet(4, "worker-1", ["hardway-dev-2"]),
              ],
              links: { pages: {} },
            },
          };
    case "/v2/firewalls":
      return {
        body: {
          firewalls: [
            { id: "f1", name: "hardway-dev-nodes", tags: null },
            { id: "f2", name: "hardway-dev-2-nodes", tags: ["hardway-dev-2"] },
          ],
        },
      };
    case "/v2/reserved_ips":
      return {
        body: {
          reserved_ips: [
            { ip: "203.0.113.1", region: fra1, droplet: { id: 1 } },
            { ip: "203.0.113.2", region: fra1, droplet: { id: 2 } },
            { ip: "203.0.113.3", region: fra1, droplet: null },
          ],
        },
      };
    case "/v2/account/keys":
      return {
        body: {
          ssh_keys: [
            { id: 9, name: "hardway-dev" },
            { id: 8, name: "laptop" },
          ],
        },
      };
    case "/v2/vpcs":
      return { body: { vpcs: [{ id: "v1", name: "hardway-dev", region: "fra1" }] } };
    case "/v2/tags":
      return { body: { tags: [{ name: "hardway-dev" }, { name: "hardway-dev-2" }] } };
    case "/v2/domains":
      return { body: { domains: [{ name: "example.com" }] } };
    case "/v2/domains/example.com/records": {
      const record = (id: number, type: string, name: string) => ({
        id,
        type,
        name,
        data: "192.0.2.1",
      });
      return {
        body: {
          domain_records: [
            record(51, "NS", "@"),
            record(52, "A", "api.dev"),
            record(53, "A", "api.dev-2"),
            record(54, "CNAME", "demo.dev"),
            record(55, "A", "ingress.dev"),
          ],
        },
      };
    }
    default:
      return { status: 404, body: { id: "not_found" } };
  }
}

describe("DigitalOcean", () => {
  test("lists what carries the cluster's tag or name, from all pages, and nothing of a cluster named alike", async () => {
    answer = account;
    const things = await digitalOceanClient(api).list("hardway-dev");
    expect(things.map(({ type, id, name }) => `${type.split(":")[2] ?? ""} ${id} ${name}`)).toEqual(
      [
        "Droplet 1 master-1",
        "Droplet 3 worker-1",
        "ReservedIp 203.0.113.1 203.0.113.1",
        "ReservedIp 203.0.113.3 203.0.113.3",
        "Firewall f1 hardway-dev-nodes",
        "Vpc v1 hardway-dev",
        "SshKey 9 hardway-dev",
        "Tag hardway-dev hardway-dev",
      ],
    );
    expect(things.filter(({ isCertain }) => !isCertain).map(({ id }) => id)).toEqual([
      "203.0.113.3",
    ]);
  });

  test("lists the cluster's names in the zone of its domain, if the account has it", async () => {
    answer = account;
    const named = async (domain: string) =>
      (await digitalOceanClient(api).list("hardway-dev", { domain, clusterName: "dev" }))
        .filter(({ type }) => type.endsWith(":DnsRecord"))
        .map(({ id, name }) => `${id} ${name}`);
    expect(await named("example.com")).toEqual([
      "52 api.dev.example.com",
      "55 ingress.dev.example.com",
    ]);
    expect(await named("example.org")).toEqual([]);
  });

  test("is only asked at its own address, whatever an answer links to, and with the token", async () => {
    const seen = new Set<string | undefined>();
    answer = (path, headers) => {
      seen.add(headers.authorization);
      return account(path);
    };
    await digitalOceanClient(api).list("hardway-dev");
    expect(asked.filter((path) => path.startsWith("/v2/droplets"))).toEqual([
      "/v2/droplets?per_page=200&page=1",
      "/v2/droplets?per_page=200&page=2",
    ]);
    expect([...seen]).toEqual([`Bearer ${token}`]);
  });

  test("fails on an answer of another shape, so that nothing counts as gone", async () => {
    answer = () => ({ body: { droplets: [{ id: 1 }] } });
    await expect(digitalOceanClient(api).list("hardway-dev")).rejects.toThrow(
      "GET /v2/droplets: not the answer expected",
    );
  });
});

describe("Linode", () => {
  test("lists what carries the cluster's tag or label, and the subnets of its VPC", async () => {
    const list = (...data: readonly object[]): Answer => ({ body: { data, page: 1, pages: 1 } });
    answer = (path) => {
      const { pathname, searchParams } = new URL(path, "http://cloud");
      switch (pathname) {
        case "/v4/linode/instances": {
          const instance = (id: number, label: string, tags: readonly string[]) => ({
            id,
            label,
            tags,
            type: "g6-nanode-1",
            region: "nl-ams",
            status: "running",
          });
          const first = searchParams.get("page") === "1";
          const data = first
            ? [instance(11, "hardway-dev-master-1", ["hardway-dev"])]
            : [instance(12, "hardway-dev-worker-1", ["Hardway-Dev"]), instance(13, "shop", ["x"])];
          return { body: { data, page: first ? 1 : 2, pages: 2 } };
        }
        case "/v4/networking/firewalls":
          return list(
            { id: 21, label: "hardway-dev-worker", tags: [] },
            { id: 22, label: "other", tags: [] },
          );
        case "/v4/vpcs":
          return list(
            {
              id: 31,
              label: "hardway-dev",
              region: "nl-ams",
              subnets: [{ id: 32, label: "nodes", ipv4: "10.10.0.0/20" }],
            },
            { id: 33, label: "hardway-dev-2", region: "nl-ams", subnets: [] },
          );
        case "/v4/domains":
          return list({ id: 51, domain: "example.com" });
        case "/v4/domains/51/records":
          return list(
            { id: 52, type: "A", name: "api.dev", target: "192.0.2.1" },
            { id: 53, type: "A", name: "api.dev-2", target: "192.0.2.1" },
          );
        default:
          return list({ id: 41, label: "laptop" });
      }
    };
    const zone = { domain: "example.com", clusterName: "dev" };
    const things = await linodeClient({ ...api, base: `${api.base}/v4` }).list("hardway-dev", zone);
    expect(things.map(({ type, id }) => `${type.split(":")[2] ?? ""} ${id}`)).toEqual([
      "Instance 11",
      "Instance 12",
      "Firewall 21",
      "Vpc 31",
      "VpcSubnet 32",
      "DomainRecord 52",
    ]);
  });
});

describe("the API", () => {
  test("is asked again after 429 and 5xx, when it says so", async () => {
    const answers: Answer[] = [
      { status: 429, headers: { "retry-after": "7" }, body: "slow down" },
      { status: 503, body: "" },
      { status: 500, headers: { "retry-after": "86400" }, body: "" },
      { body: { fine: true } },
    ];
    answer = () => answers.shift() ?? { status: 404, body: "" };
    await expect(getJson(api, "/v2/x")).resolves.toEqual({ fine: true });
    expect(waits).toEqual([7000, 2000, 60_000]);
  });

  test("is given up after six tries", async () => {
    answer = () => ({ status: 502, body: "bad gateway" });
    await expect(getJson(api, "/v2/x")).rejects.toThrow("/v2/x: 502 bad gateway");
    expect(asked).toHaveLength(6);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000]);
  });

  test.each([400, 404, 501])("is not asked again after %i", async (status) => {
    answer = () => ({ status, body: "no" });
    await expect(getJson(api, "/v2/x")).rejects.toThrow(`${status} no`);
    expect(asked).toHaveLength(1);
  });

  test("that takes no token of ours says where it is set, and not what it is", async () => {
    answer = () => ({ status: 401, body: "Unable to authenticate you" });
    const error = await getJson(api, "/v2/x").catch((problem: unknown) => problem as Error);
    expect((error as Error).message).toContain("check digitalocean:token or DIGITALOCEAN_TOKEN");
    expect((error as Error).message).not.toContain(token);
  });

  test("that cannot be reached is named", async () => {
    await expect(getJson({ ...api, base: "http://127.0.0.1:1" }, "/v2/x")).rejects.toThrow(
      "GET http://127.0.0.1:1/v2/x: ",
    );
  });
});

/** Facts about a stack as Pulumi tells them. */
function facts(
  config: Readonly<Record<string, string>>,
  resources: readonly object[] = [],
  env: Readonly<Record<string, string>> = {},
): StackFacts {
  const settings = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, { value }]),
  );
  return factsOf("dev", {
    settings: JSON.stringify(settings),
    state: JSON.stringify({ version: 3, deployment: { resources } }),
    env,
  });
}

const resource = (type: string, id: string, name: string) => ({
  urn: `urn:pulumi:dev::hardway::hardway:index:Cluster$${type}::${name}`,
  type,
  id,
});
const dropletType = "digitalocean:index/droplet:Droplet";

describe("the stack", () => {
  test("gives the tag of its cluster's name, or of its own", () => {
    expect(facts({}).tag).toBe("hardway-dev");
    expect(facts({ "hardway:clusterName": "" }).tag).toBe("hardway-dev");
    expect(facts({ "hardway:clusterName": "shop" }).tag).toBe("hardway-shop");
    expect(factsOf("org/project/prod", { settings: "{}", state: "{}", env: {} }).tag).toBe(
      "hardway-prod",
    );
  });

  test("gives the zone of its domain, if it has one", () => {
    expect(facts({}).zone).toBeNull();
    expect(facts({ "hardway:domain": "example.com" }).zone).toEqual({
      domain: "example.com",
      clusterName: "dev",
    });
  });

  test("gives the token of its config before that of the environment", () => {
    const env = { DIGITALOCEAN_TOKEN: "from-env", LINODE_TOKEN: "linode-env" };
    expect(facts({ "digitalocean:token": "own" }, [], env).token).toBe("own");
    expect(facts({}, [], env).token).toBe("from-env");
    expect(facts({ "hardway:provider": "linode" }, [], env).token).toBe("linode-env");
  });

  test("may be empty after a destroy", () => {
    const empty = { settings: "{}", state: '{"version":3,"deployment":{}}', env: {} };
    expect(factsOf("dev", empty).resources).toEqual([]);
  });

  test("without a token fails and says where to set it", () => {
    expect(() => clientOf(facts({}))).toThrow(
      "token: missing; set digitalocean:token or DIGITALOCEAN_TOKEN",
    );
  });

  test("on hosts that are there already has nobody to be asked", () => {
    expect(clientOf(facts({ "hardway:provider": "existing" }))).toBeNull();
  });

  test("of an unknown provider fails", () => {
    expect(() => clientOf(facts({ "hardway:provider": "hetzner" }))).toThrow('got "hetzner"');
  });
});

describe("the inventory", () => {
  const known = [
    resource(dropletType, "1", "master-1"),
    resource("digitalocean:index/firewall:Firewall", "f1", "firewall-nodes"),
    resource("digitalocean:index/vpc:Vpc", "v1", "vpc"),
    resource("digitalocean:index/sshKey:SshKey", "9", "login"),
    resource("digitalocean:index/tag:Tag", "hardway-dev", "tag"),
    resource("digitalocean:index/reservedIp:ReservedIp", "203.0.113.1", "api-address"),
    resource("command:remote:Command", "c1", "master-1-etcd"),
  ];

  test("names the machine that the cloud has and the stack does not", async () => {
    answer = account;
    const stack = facts({}, known);
    const found = await takeInventory(digitalOceanClient(api), stack);
    expect(found.orphans.map(({ id }) => id)).toEqual(["3"]);
    expect(found.ghosts).toEqual([]);
    const text = inventoryText(found, { client: "DigitalOcean", stack: "dev", facts: stack });
    expect(text).toContain("orphan: Droplet worker-1 (3) is in the cloud and bills");
    expect(text).toContain("perhaps: ReservedIp 203.0.113.3 (203.0.113.3)");
    expect(text).toContain("Droplet     worker-1           3");
    expect(text).not.toContain(token);
  });

  test("names the machine that the stack has and the cloud does not", async () => {
    answer = account;
    const stack = facts({}, [
      ...known,
      resource(dropletType, "3", "worker-1"),
      resource(dropletType, "5", "worker-2"),
    ]);
    const found = await takeInventory(digitalOceanClient(api), stack);
    expect(found.orphans).toEqual([]);
    expect(found.ghosts.map(({ name, id }) => `${name} ${id}`)).toEqual(["worker-2 5"]);
  });

  test("of a destroyed cluster that left nothing says that nothing bills", async () => {
    answer = (path) => {
      const key = { "/v2/account/keys": "ssh_keys" }[path.split("?")[0] ?? ""];
      return { body: { [key ?? path.split(/[/?]/)[2] ?? ""]: [] } };
    };
    const stack = facts({});
    const found = await takeInventory(digitalOceanClient(api), stack);
    expect(found).toEqual({ known: [], orphans: [], ghosts: [], unclear: [] });
    expect(inventoryText(found, { client: "DigitalOcean", stack: "dev", facts: stack })).toBe(
      "DigitalOcean, tag hardway-dev, stack dev\n\nnothing carries the cluster's tag: nothing bills",
    );
  });

  test("names creations that were cut off", () => {
    const interrupted = factsOf("dev", {
      settings: "{}",
      state: JSON.stringify({
        deployment: {
          pending_operations: [
            {
              type: "creating",
              resource: { urn: `urn:pulumi:dev::hardway::${dropletType}::worker-1` },
            },
          ],
        },
      }),
      env: {},
    });
    const nothing = { known: [], orphans: [], ghosts: [], unclear: [] };
    const options = { client: "DigitalOcean", stack: "dev", facts: interrupted };
    expect(inventoryText(nothing, options)).toContain("interrupted: the creation of worker-1");
  });
});

test("the command takes a stack and --json, and nothing else", () => {
  expect(parseInventoryCommand(["--stack", "dev", "--json"], {})).toEqual({
    stack: "dev",
    isJson: true,
  });
  expect(() => parseInventoryCommand(["--all"], {})).toThrow('got "--all"; use --stack, --json');
});
