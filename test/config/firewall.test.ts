import { describe, expect, test } from "vitest";
import { configOf, failsWith, minimal } from "../support/stack.ts";

const rule = (ports: unknown, from: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  firewall: { rules: [{ ports, from, ...more }] },
});

describe("firewall.rules", () => {
  test("is nothing by itself", () => {
    expect(configOf(minimal).spec.firewall).toEqual({ rules: [] });
  });

  test("says ports, senders and machines", () => {
    const { spec } = configOf({
      ...minimal,
      firewall: {
        rules: [
          { ports: ["tcp/9100", "udp/5000-5010"], from: ["nodes", "198.51.100.0/24"], to: "all" },
          { ports: ["tcp/30080"], from: ["0.0.0.0/0"] },
        ],
      },
    });
    expect(spec.firewall.rules).toEqual([
      {
        ports: [
          { protocol: "tcp", first: 9100, last: 9100 },
          { protocol: "udp", first: 5000, last: 5010 },
        ],
        roles: ["control-plane", "worker"],
        senders: ["nodes"],
        cidrs: ["198.51.100.0/24"],
      },
      {
        ports: [{ protocol: "tcp", first: 30_080, last: 30_080 }],
        roles: ["worker"],
        senders: [],
        cidrs: ["0.0.0.0/0"],
      },
    ]);
  });

  test.each([
    ["metrics of the control plane", "tcp/10257", "nodes", "controlPlane"],
    ["a NodePort", "tcp/30080", "0.0.0.0/0", "workers"],
    ["everything above 1024 that is open between nodes anyway", "tcp/11000-65535", "nodes", "all"],
    ["whether a node has Pods of a Service", "tcp/10256", "198.51.100.0/24", "workers"],
  ])("may open %s", (_what, port, from, to) => {
    expect(
      configOf({ ...minimal, ...rule([port], [from], { to }) }).spec.firewall.rules,
    ).toHaveLength(1);
  });

  test("may open 80 and 443 where nothing of the cluster's own serves there", () => {
    const values = rule(["tcp/80", "tcp/443"], ["0.0.0.0/0"]);
    const { spec } = configOf({ ...minimal, ...values, ingress: { enabled: false } });
    expect(spec.firewall.rules).toHaveLength(1);
  });

  failsWith([
    [
      "what is malformed, all at once",
      {
        firewall: {
          rules: [
            {
              ports: ["9100", "tcp/0", "tcp/90-80", "sctp/9"],
              from: ["node", "10.0.0.1"],
              to: "worker",
            },
            { port: ["tcp/9100"], from: [] },
            "tcp/9100",
          ],
        },
      },
      [
        'firewall.rules[1].port: unknown key; did you mean "ports"?',
        'firewall.rules[2]: not an object, got "tcp/9100"; write {ports: [tcp/9100], from: [nodes], to: all}',
        'firewall.rules[0].ports[0]: not a port with its protocol, got "9100"; write one such as tcp/9100 or udp/30000-30100',
        'firewall.rules[0].ports[1]: not a port with its protocol, got "tcp/0"; write one such as tcp/9100 or udp/30000-30100',
        'firewall.rules[0].ports[2]: not a port with its protocol, got "tcp/90-80"; write one such as tcp/9100 or udp/30000-30100',
        'firewall.rules[0].ports[3]: not a port with its protocol, got "sctp/9"; write one such as tcp/9100 or udp/30000-30100',
        'firewall.rules[0].from[0]: unknown sender, got "node"; did you mean "nodes"?',
        'firewall.rules[0].from[1]: not an IPv4 range, got "10.0.0.1"; write 10.0.0.1/32',
        'firewall.rules[0].to: unknown machines, got "worker"; did you mean "workers"?',
        "firewall.rules[1].from: missing; write a list, e.g. [nodes]",
      ],
    ],
    [
      "the world at what the cluster keeps to itself",
      {
        firewall: {
          rules: [
            {
              ports: ["tcp/22", "tcp/2379", "tcp/2381", "tcp/6443", "tcp/10250", "udp/8472"],
              from: ["0.0.0.0/0"],
              to: "all",
            },
          ],
        },
      },
      [
        'firewall.rules[0].ports[0]: opens ssh (tcp/22) of the control plane to 0.0.0.0/0, and who logs in is in operatorCidrs, got "tcp/22"; leave that port out',
        'firewall.rules[0].ports[1]: opens etcd (tcp/2379-2380) of the control plane to 0.0.0.0/0, and it holds the whole cluster, every Secret included, got "tcp/2379"; leave that port out',
        'firewall.rules[0].ports[2]: opens etcd-metrics (tcp/2381) of the control plane to 0.0.0.0/0, and it is for what watches the cluster from inside, got "tcp/2381"; leave that port out',
        'firewall.rules[0].ports[3]: opens api (tcp/6443) of the control plane to 0.0.0.0/0, and who may use the API server is in operatorCidrs, got "tcp/6443"; leave that port out',
        'firewall.rules[0].ports[4]: opens kubelet (tcp/10250) of workers to 0.0.0.0/0, and it runs commands in every Pod, got "tcp/10250"; leave that port out',
        'firewall.rules[0].ports[5]: opens flannel-vxlan (udp/8472) of the control plane to 0.0.0.0/0, and who reaches it is in the pod network, got "udp/8472"; leave that port out',
      ],
    ],
    [
      "etcd for every Pod, in a wide range",
      rule(["tcp/1024-65535"], ["nodes"], { to: "controlPlane" }),
      [
        'firewall.rules[0].ports[0]: opens etcd (tcp/2379-2380) of the control plane to nodes, and it holds the whole cluster, every Secret included, got "tcp/1024-65535"; leave that port out',
      ],
    ],
    [
      "what is open anyway, or twice",
      {
        firewall: {
          rules: [
            { ports: ["tcp/443"], from: ["0.0.0.0/0"] },
            { ports: ["udp/30000-30010"], from: ["nodes"] },
            { ports: ["tcp/9100"], from: ["nodes"], to: "all" },
            { ports: ["tcp/9100"], from: ["operators", "nodes"] },
          ],
        },
      },
      [
        'firewall.rules[0].ports[0]: https of workers is open to 0.0.0.0/0 already, got "tcp/443"; leave it out',
        'firewall.rules[1].ports[0]: node-ports-udp of workers is open to nodes already, got "udp/30000-30010"; leave it out',
        'firewall.rules[3].ports[0]: open to nodes by a rule before it, got "tcp/9100"; leave it out',
      ],
    ],
    [
      "the cluster's own ranges",
      rule(["tcp/9100"], ["10.10.0.0/24", "10.200.0.0/16"]),
      [
        "firewall.rules[0].from[0]: 10.10.0.0/24 lies in nodeCidr 10.10.0.0/20; write nodes",
        "firewall.rules[0].from[1]: 10.200.0.0/16 lies in podCidr 10.200.0.0/16; write the address that the machines see, or choose another range for the cluster",
      ],
    ],
  ]);

  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ports: [`tcp/${20_000 + 2 * index}`],
      from: ["nodes"],
    }));
  const ports = (count: number) => many(count).flatMap((each) => each.ports);
  failsWith([
    [
      "more than a firewall of linode holds",
      { provider: "linode", region: "", firewall: { rules: many(18) } },
      [
        "firewall.rules: 26 rules for workers, the cluster's own included, where linode has room for 25; join ports to ranges, or rules to one",
      ],
    ],
    [
      "more than a rule of linode holds",
      { provider: "linode", region: "", ...rule(ports(16), ["nodes"]) },
      [
        "firewall.rules: more than 15 ports of one protocol in a rule; split the rule, or join ports to ranges",
      ],
    ],
    [
      "more than the firewalls of digitalocean hold",
      rule(ports(40), ["nodes"]),
      [
        "firewall.rules: 48 rules for workers, the cluster's own included, where digitalocean has room for 47; join ports to ranges, or rules to one",
      ],
    ],
  ]);

  test.each([
    ["linode", { provider: "linode", region: "", firewall: { rules: many(17) } }],
    ["a rule of linode", { provider: "linode", region: "", ...rule(ports(15), ["nodes"]) }],
    ["digitalocean", rule(ports(39), ["nodes"])],
  ])("may fill up what there is room for in %s", (_what, values) => {
    expect(() => configOf({ ...minimal, ...values })).not.toThrow();
  });
});
