import { describe, expect, test } from "vitest";
import { checkFoundation } from "../../components/config/unchangeable.ts";
import { Problems } from "../../components/config/problems.ts";
import { foundationOf, type Foundation } from "../../components/facts/foundation.ts";
import { linesOf } from "../support/problems.ts";
import { configOf, minimal, type StackValues } from "../support/stack.ts";

const built = foundationOf(configOf(minimal).spec);

function refusals(wanted: Partial<Foundation> | StackValues, before?: Foundation) {
  const problems = new Problems();
  checkFoundation(before, { ...built, ...wanted }, problems);
  return linesOf(problems);
}

describe("a cluster that exists", () => {
  test("is planned again on the same foundation", () => {
    expect(refusals({}, built)).toEqual([]);
  });

  test("takes more workers, other sizes and newer worker images", () => {
    const changed = configOf({
      ...minimal,
      workers: { count: 3, size: "s-1vcpu-2gb", image: "debian-13-x64" },
      controlPlane: { size: "s-2vcpu-2gb" },
      operatorCidrs: ["198.51.100.0/24"],
    });
    expect(refusals(foundationOf(changed.spec), built)).toEqual([]);
  });

  test.each([
    ["region", "nyc3"],
    ["nodeCidr", "10.11.0.0/20"],
    ["podCidr", "10.201.0.0/16"],
    ["serviceCidr", "10.33.0.0/24"],
    ["clusterName", "other"],
    ["clusterDomain", "other.local"],
  ] as const)("keeps its %s", (key, value) => {
    const kept = built[key];
    expect(refusals({ [key]: value }, built)).toEqual([
      `${key}: cannot change in a cluster that exists (it has ${kept}), got "${value}"; ` +
        `write ${kept}, or make a second stack, move to it and destroy this one`,
    ]);
  });

  test("has the domain it has, when its state does not say which", () => {
    const older = { ...built, clusterDomain: undefined };
    expect(refusals({ clusterDomain: "other.local" }, older)).toEqual([]);
  });

  test("keeps its provider, and hears of nothing else then", () => {
    const [only, ...more] = refusals({ provider: "linode", region: "nl-ams" }, built);
    expect(only).toMatch(/^provider: cannot change .*, got "linode"; write digitalocean, or /);
    expect(more).toEqual([]);
  });

  test("keeps the image of its control-plane machines", () => {
    expect(refusals({ controlPlane: { "master-1": "debian-13-x64" } }, built)).toEqual([
      `controlPlane.image: master-1 was made from debian-12-x64 and holds etcd's data: it is never made anew, ` +
        `got "debian-13-x64"; write debian-12-x64; workers.image is for the workers`,
    ]);
  });

  test("takes more control-plane machines, fewer, and others for some of them", () => {
    const masters = (...names: string[]) => ({
      controlPlane: Object.fromEntries(names.map((name) => [name, "debian-12-x64"])),
    });
    const three = { ...built, ...masters("master-1", "master-2", "master-3") };
    expect(refusals(masters("master-1", "master-2", "master-3"), built)).toEqual([]);
    expect(refusals(masters("master-2"), three)).toEqual([]);
    expect(refusals(masters("master-4", "master-5", "master-3"), three)).toEqual([]);
    expect(refusals(masters("a", "b", "c"), three)).toEqual([
      "controlPlane: master-1, master-2, and master-3 hold etcd's data and cannot all go in one run, " +
        'got "a, b, c"; keep master-1, master-2, or master-3, which the new ones join, and take it out in a later run',
    ]);
    expect(refusals(masters("other"), built)).toEqual([
      "controlPlane: master-1 holds etcd's data and cannot all go in one run, " +
        'got "other"; keep master-1, which the new ones join, and take it out in a later run',
    ]);
  });
});

test("an empty stack is built on anything", () => {
  expect(refusals({ provider: "linode" }, undefined)).toEqual([]);
});

test("a control plane whose data is lost is made from another image", () => {
  const problems = new Problems();
  const wanted = { ...built, controlPlane: { "master-1": "debian-13-x64" } };
  checkFoundation(built, wanted, problems, { isLost: true });
  expect(() => {
    problems.throwIfAny("dev");
  }).not.toThrow();
});
