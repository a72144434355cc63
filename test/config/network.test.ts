import { describe, expect, test } from "vitest";
import { configOf, failsWith } from "../support/stack.ts";

describe("address ranges", () => {
  failsWith([
    [
      "overlaps, all pairs of them",
      { podCidr: "10.0.0.0/16", serviceCidr: "10.0.1.0/24", nodeCidr: "10.0.0.0/20" },
      [
        "podCidr: 10.0.0.0/16 overlaps serviceCidr 10.0.1.0/24; choose separate ranges",
        "podCidr: 10.0.0.0/16 overlaps nodeCidr 10.0.0.0/20; choose separate ranges",
        "serviceCidr: 10.0.1.0/24 overlaps nodeCidr 10.0.0.0/20; choose separate ranges",
      ],
    ],
    [
      "an overlap with a default, at the key that was written",
      { nodeCidr: "10.200.16.0/20" },
      [
        "nodeCidr: 10.200.16.0/20 overlaps podCidr 10.200.0.0/16 (its default); choose separate ranges",
      ],
    ],
    [
      "what is no range",
      { podCidr: "10.0.0.300/16", serviceCidr: "10.32.0.0", nodeCidr: "10.10.0.7/20" },
      [
        'podCidr: not an IPv4 range, got "10.0.0.300/16"; write one such as 10.200.0.0/16',
        'serviceCidr: not an IPv4 range, got "10.32.0.0"; write one such as 10.32.0.0/24',
        'nodeCidr: not the first address of its range, got "10.10.0.7/20"; write 10.10.0.0/20',
      ],
    ],
    [
      "sizes that the API server, the controller-manager or a VPC cannot have",
      { podCidr: "10.128.0.0/25", serviceCidr: "10.32.0.0/29", nodeCidr: "10.10.0.0/29" },
      [
        'podCidr: too small for pods, got "10.128.0.0/25"; use a prefix from /8 to /24',
        'serviceCidr: too small for Services, got "10.32.0.0/29"; use a prefix from /12 to /28',
        'nodeCidr: too small for nodes, got "10.10.0.0/29"; use a prefix from /16 to /28',
      ],
    ],
    [
      "a VPC that is too large or not private",
      { nodeCidr: "10.0.0.0/15" },
      ['nodeCidr: too large for nodes, got "10.0.0.0/15"; use a prefix from /16 to /28'],
    ],
    [
      "a VPC that is not private",
      { nodeCidr: "8.8.0.0/20" },
      [
        'nodeCidr: not a private range, got "8.8.0.0/20"; use a range in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16',
      ],
    ],
    [
      "a VPC where the cloud keeps the range for itself, in its region or everywhere",
      { region: "nyc1" },
      [
        "nodeCidr: 10.10.0.0/20 overlaps 10.10.0.0/16, which the provider keeps for itself there; choose another range, e.g. 10.100.0.0/20",
      ],
    ],
    [
      "addresses that no host has",
      { podCidr: "127.0.0.0/16", serviceCidr: "224.0.0.0/24" },
      [
        'podCidr: holds addresses that are not for hosts, got "127.0.0.0/16"; use a private range',
        'serviceCidr: holds addresses that are not for hosts, got "224.0.0.0/24"; use a private range',
      ],
    ],
    [
      "too little room for the nodes, masters included",
      { workers: { count: 14 }, podCidr: "10.200.0.0/21", nodeCidr: "10.10.0.0/28" },
      [
        'podCidr: holds 8 ranges of /24 where 15 nodes need one each, got "10.200.0.0/21"; use /20 or larger',
        'nodeCidr: has addresses for 12 of 15 nodes, got "10.10.0.0/28"; use /27 or larger',
      ],
    ],
    [
      "a domain that is no DNS name",
      { clusterDomain: "Cluster.local." },
      [
        'clusterDomain: not a DNS name, got "Cluster.local."; write lowercase DNS labels joined by dots, e.g. cluster.local',
      ],
    ],
  ]);
});

describe("operatorCidrs", () => {
  const missing =
    "operatorCidrs: missing: nobody could reach SSH and the API server; write the IPv4 ranges you log in from, e.g. [203.0.113.7/32]";

  failsWith([
    ["nobody", { operatorCidrs: [] }, [missing]],
    [
      "malformed, doubled and useless ones",
      {
        operatorCidrs: [
          "198.51.100.7",
          "198.51.100.7/24",
          7,
          "me",
          "192.0.2.1/32",
          "192.0.2.1/32",
          "10.200.3.0/24",
        ],
      },
      [
        "operatorCidrs[2]: not text, got 7; write an IPv4 range, e.g. 203.0.113.7/32",
        'operatorCidrs[0]: not an IPv4 range, got "198.51.100.7"; write 198.51.100.7/32',
        'operatorCidrs[1]: not the first address of its range, got "198.51.100.7/24"; write 198.51.100.0/24',
        'operatorCidrs[3]: not an IPv4 range, got "me"; write one such as 203.0.113.7/32',
        'operatorCidrs[5]: listed twice, got "192.0.2.1/32"; list it once',
        "operatorCidrs[6]: 10.200.3.0/24 lies in podCidr 10.200.0.0/16; write the address that the machines see, or choose another range for the cluster",
      ],
    ],
    [
      "one range instead of a list",
      { operatorCidrs: "203.0.113.7/32" },
      [
        'operatorCidrs: not a list, got "203.0.113.7/32"; write the IPv4 ranges you log in from, e.g. [203.0.113.7/32]',
      ],
    ],
  ]);

  test("fails when they are not there at all", () => {
    expect(() => configOf({})).toThrow(missing);
  });
});
