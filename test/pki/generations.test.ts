import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { neverRotated, type Generations } from "../../components/facts/keys.ts";
import { Authority } from "../../components/pki/authority.ts";
import { createEncryptionKeys } from "../../components/pki/encryption-keys.ts";
import { ofGenerations } from "../../components/pki/generations.ts";
import { KeyPair } from "../../components/pki/key-pair.ts";
import { createServiceAccountKeys } from "../../components/pki/service-account-keys.ts";
import { graphOf, type Graph } from "../support/graph.ts";

/** The three plans of a rotation, after each of which everybody can still talk to everybody. */
const kept: Generations = { kept: [1, 2], inUse: 1 };
const used: Generations = { kept: [1, 2], inUse: 2 };
const dropped: Generations = { kept: [2], inUse: 2 };

class Room extends pulumi.ComponentResource {
  constructor() {
    super("hardway:pki:ClusterPki", "pki", {});
  }
}

/** What a build hands over, beside the graph. */
async function built<T>(
  make: (parent: pulumi.Resource) => pulumi.Output<T>,
): Promise<{ readonly graph: Graph; readonly value: T }> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const graph = await graphOf(() => {
    make(new Room()).apply(resolve);
  });
  return { graph, value: await promise };
}

describe("an authority", () => {
  const authority = async (generations: Generations) => {
    const { graph, value } = await built((parent) => {
      const ca = new Authority("ca", { commonName: "kubernetes", generations }, { parent });
      new KeyPair("leaf", { authority: ca, commonName: "leaf", use: "client" }, { parent });
      return ca.trustBundle.apply((bundle) => ({ bundle, certificates: Object.keys(ca.expiries) }));
    });
    const keys = graph.ofType("tls:index/privateKey:PrivateKey").map(({ name }) => name);
    const leaf = graph.one("tls:index/locallySignedCert:LocallySignedCert", "leaf");
    return { ...value, keys, signer: leaf.inputs["caCertPem"] };
  };

  it("that was never rotated signs and is trusted, under the names that it always had", async () => {
    const { bundle, signer, keys, certificates } = await authority(neverRotated);
    expect(keys).toEqual(["ca", "leaf"]);
    expect(bundle).toBe(signer);
    expect(certificates).toEqual(["ca"]);
  });

  it("trusts a new generation before it signs with it, and the old one until it is dropped", async () => {
    const first = await authority(kept);
    expect(first.bundle.match(/BEGIN CERTIFICATE-----\n.*/g)).toEqual([
      "BEGIN CERTIFICATE-----\nca",
      "BEGIN CERTIFICATE-----\nca-2",
    ]);
    expect(first.signer).toContain("\nca\n");
    const second = await authority(used);
    expect(second.bundle).toBe(first.bundle);
    expect(second.signer).toContain("\nca-2\n");
    const third = await authority(dropped);
    expect(third.bundle).toBe(second.signer);
    expect(third.keys).toEqual(["ca-2", "leaf-2"]);
  });
});

it("is refused to use what is not kept", () => {
  expect(() => ofGenerations("ca", { kept: [1], inUse: 2 }, (id) => id)).toThrow(
    "ca: generation 2 is in use but not kept, got 1",
  );
});

describe("the keys of service account tokens", () => {
  it("sign with one and accept the tokens of all", async () => {
    const { value } = await built((parent) => {
      const keys = createServiceAccountKeys("service-account", used, { parent });
      return pulumi.all([keys.signer.publicKeyPem, keys.verifiers]);
    });
    const [signer, verifiers] = value;
    expect(signer).toContain("\nservice-account-2\n");
    expect(verifiers.match(/^service-account.*$/gm)).toEqual([
      "service-account",
      "service-account-2",
    ]);
  });
});

describe("the keys of Secrets at rest", () => {
  const keysOf = (generations: Generations) =>
    built((parent) => {
      const keys = createEncryptionKeys("encryption-at-rest", generations, { parent });
      return pulumi.output(keys.map(({ name, secret }) => ({ name, secret })));
    });

  it("are read by all and written by the first: the one in use", async () => {
    const names = async (generations: Generations) =>
      (await keysOf(generations)).value.map(({ name }) => name);
    expect(await names(neverRotated)).toEqual(["key-1"]);
    expect(await names(kept)).toEqual(["key-1", "key-2"]);
    expect(await names(used)).toEqual(["key-2", "key-1"]);
    expect(await names(dropped)).toEqual(["key-2"]);
  });

  it("keep their value for as long as they are kept", async () => {
    const secretOf = async (generations: Generations, wanted: string) =>
      (await keysOf(generations)).value.find(({ name }) => name === wanted)?.secret;
    const first = await secretOf(neverRotated, "key-1");
    expect(Buffer.from(String(first), "base64")).toHaveLength(32);
    expect(await secretOf(used, "key-1")).toBe(first);
    expect(await secretOf(dropped, "key-2")).not.toBe(first);
  });
});
