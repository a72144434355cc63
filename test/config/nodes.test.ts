import { describe, expect } from "vitest";
import { failsWith } from "../support/stack.ts";

describe("nodes", () => {
  failsWith([
    [
      "an even number of masters",
      { controlPlane: { count: 2 } },
      [
        "controlPlane.count: 2 control-plane machines keep etcd's quorum no better than 1; use 1, 3 or 5",
      ],
    ],
    [
      "an even number of masters by name",
      { controlPlane: { nodes: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }] } },
      [
        "controlPlane.nodes: 4 control-plane machines keep etcd's quorum no better than 3; use 1, 3 or 5",
      ],
    ],
    [
      "more masters than etcd's members are any good for",
      { controlPlane: { count: 7 } },
      ["controlPlane.count: not 1, 3 or 5, got 7; use 1, 3 or 5"],
    ],
    [
      "no masters, no workers",
      { controlPlane: { count: 0 }, workers: { nodes: [] } },
      [
        "controlPlane.count: not 1, 3 or 5, got 0; use 1, 3 or 5",
        "workers.nodes: not a number of workers, got 0; use a number from 1 to 250",
      ],
    ],
    [
      "a count beyond reason, at once",
      { workers: { count: 1e9 } },
      ["workers.count: not a number of workers, got 1000000000; use a number from 1 to 250"],
    ],
    [
      "a count and names",
      { workers: { count: 1, nodes: [{ name: "a" }] } },
      [
        "workers: both count and nodes are given; keep nodes to choose names, or count to have them chosen",
      ],
    ],
    [
      "a name used twice, in a group or across groups",
      { workers: { nodes: [{ name: "a" }, { name: "a" }, { name: "master-1" }] } },
      [
        'workers.nodes[1].name: also the name of a node of workers.nodes[0], got "a"; give every node a name of its own',
        'workers.nodes[2].name: also the name of a node of controlPlane.count, got "master-1"; give every node a name of its own',
      ],
    ],
    [
      "names that are none",
      { workers: { nodes: [{ name: "Worker_1" }, {}, 5, { name: 6 }] } },
      [
        "workers.nodes[2]: not an object, got 5; write {name: worker-1}",
        "workers.nodes[3].name: not text, got 6; write a name, e.g. worker-1",
        'workers.nodes[0].name: not a host name, got "Worker_1"; use lowercase letters, digits and dashes, at most 63, beginning and ending with a letter or digit',
        "workers.nodes[1].name: missing; write a name, e.g. worker-1",
      ],
    ],
    [
      "sizes that do not exist or are too small",
      {
        controlPlane: { size: "s-1vcpu-1g" },
        workers: { size: "huge", nodes: [{ name: "a", size: "s-1vcpu-512mb-10gb" }] },
      },
      [
        'controlPlane.size: no such size on digitalocean, got "s-1vcpu-1g"; did you mean "s-1vcpu-1gb"? (one that our table lacks: allowUnknownSize: true)',
        expect.stringMatching(
          /^workers\.size: no such size on digitalocean, got "huge"; use one of s-1vcpu-512mb-10gb, /,
        ) as string,
        'workers.nodes[0].size: 512 MiB of memory is too little, got "s-1vcpu-512mb-10gb"; use a size of 1024 MiB or more, e.g. s-1vcpu-1gb',
      ],
    ],
    [
      "a size named like something every object has",
      { workers: { size: "constructor" } },
      [expect.stringMatching(/^workers\.size: no such size/) as string],
    ],
  ]);
});
