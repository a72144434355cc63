import { describe, expect, test } from "vitest";
import { checkConfig } from "../../components/config.ts";
import { changedLock, failsWith } from "../support/stack.ts";

describe("keys and types", () => {
  failsWith([
    [
      "unknown keys at any depth, and nothing that follows from them",
      {
        podCdr: "10.10.0.0/16",
        workers: { cuont: 900, nodes: [{ name: "a", siz: "huge" }] },
        artifacts: { mirrors: "x" },
        banana: true,
      },
      [
        'podCdr: unknown key; did you mean "podCidr"?',
        'workers.cuont: unknown key; did you mean "count"?',
        'workers.nodes[0].siz: unknown key; did you mean "size"?',
        'artifacts.mirrors: unknown key; did you mean "mirror"?',
        expect.stringMatching(/^banana: unknown key; use one of clusterName, /) as string,
      ],
    ],
    [
      "a key of ours in a namespace with a typing error",
      { "hardwy:region": "x", "digitalocan:token": "x", "digitalocean:tokn": "x" },
      [
        'hardwy:region: unknown namespace; did you mean "hardway:region"?',
        'digitalocan:token: unknown namespace; did you mean "digitalocean:token"?',
        'digitalocean:tokn: unknown key; did you mean "digitalocean:token"?',
      ],
    ],
    [
      "wrong types, all of them",
      {
        controlPlane: 1,
        workers: { count: "2" },
        kubernetes: { version: 1.36 },
        kubelet: { maxPods: 30.5 },
        addons: { coredns: { enabled: "yes" } },
        protect: "maybe",
      },
      [
        "controlPlane: not an object, got 1; write {count: 1, size: s-1vcpu-1gb}",
        'workers.count: not a number, got "2"; write a number from 1 to 250',
        'kubernetes.version: not text, got 1.36; write the version in quotes, e.g. "1.36.4"',
        "kubelet.maxPods: not a whole number, got 30.5; write a number from 10 to 250",
        'addons.coredns.enabled: neither true nor false, got "yes"; write true or false',
        'protect: neither true nor false, got "maybe"; write true or false',
      ],
    ],
    [
      "numbers out of range",
      { kubelet: { maxPods: 300 }, addons: { coredns: { replicas: 0 } } },
      [
        "addons.coredns.replicas: too small, got 0; use a number from 1 to 10",
        "kubelet.maxPods: too large, got 300; use a number from 10 to 250",
      ],
    ],
    [
      "a name that no cloud would take",
      { clusterName: "My cluster" },
      [
        'clusterName: not a cluster name, got "My cluster"; set one of lowercase letters, digits and dashes, at most 40, beginning and ending with a letter or digit',
      ],
    ],
  ]);

  test("fails on a stack's name that no cloud would take", () => {
    const source = { project: "hardway", stack: "Prod_1", secret: () => undefined };
    const values = { "hardway:operatorCidrs": '["203.0.113.7/32"]' };
    const readText = () => changedLock(() => undefined);
    expect(() => checkConfig({ ...source, values, readText })).toThrow(
      'clusterName: the stack\'s name is not a cluster name, got "Prod_1"; set one of lowercase',
    );
  });
});
