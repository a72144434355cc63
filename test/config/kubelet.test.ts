import { describe, expect, it } from "vitest";
import { checkKubelet } from "../../components/config/kubelet.ts";
import { Problems } from "../../components/config/problems.ts";
import { foundationOf, type Foundation } from "../../components/facts/foundation.ts";
import { configOf, minimal, problemsOf } from "../support/stack.ts";

const made = (kubeletCertificates: Foundation["kubeletCertificates"]): Foundation => ({
  ...foundationOf(configOf(minimal).spec),
  kubeletCertificates,
});
const without = (built: Foundation) => checkKubelet({}, built, new Problems()).certificates;

describe("who issues kubelets' certificates", () => {
  it("stays as it is in a cluster whose stack does not say, whatever a new one would get", () => {
    expect(without(made("pulumi"))).toBe("pulumi");
    expect(without(made("bootstrap"))).toBe("bootstrap");
    expect(without(made(undefined))).toBe("pulumi");
  });

  it("is kubelets' own in a new cluster that does not say", () => {
    expect(configOf(minimal).spec.kubelet.certificates).toBe("bootstrap");
  });

  it("is what the stack says, and then kept in the state", () => {
    const { spec } = configOf({ ...minimal, kubelet: { certificates: "pulumi" } });
    expect(spec.kubelet.certificates).toBe("pulumi");
    expect(foundationOf(spec).kubeletCertificates).toBe("pulumi");
  });

  it("is one of two", () => {
    expect(problemsOf({ ...minimal, kubelet: { certificates: "bootstrp" } })).toEqual([
      'kubelet.certificates: not one who issues certificates, got "bootstrp"; did you mean "bootstrap"?',
    ]);
  });
});
