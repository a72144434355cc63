import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { neverRotated, type Generations } from "../../components/facts/keys.ts";
import { Authority } from "../../components/pki/authority.ts";
import { KeyPair } from "../../components/pki/key-pair.ts";
import { accepts, certificatesIn, realCertificates } from "../support/real-certificates.ts";

class Room extends pulumi.ComponentResource {
  constructor() {
    super("hardway:pki:ClusterPki", "pki", {});
  }
}

const steps = {
  before: neverRotated,
  both: { kept: [1, 2], inUse: 2 },
  after: { kept: [2], inUse: 2 },
  third: { kept: [1, 2, 3], inUse: 3 },
} satisfies Record<string, Generations>;

interface Issued {
  /** What is trusted. */
  readonly bundle: string;
  /** What a service shows: its certificate, and what leads from there to older authorities. */
  readonly leaf: string;
  readonly key: string;
}

/** Does not prove that etcd, Kubernetes and HAProxy judge alike: the lab does. */
describe("the certificates of a rotation", () => {
  const issued = {} as Record<keyof typeof steps, Issued>;

  beforeAll(async () => {
    const run = realCertificates();
    for (const [name, generations] of Object.entries(steps)) {
      issued[name as keyof typeof steps] = await run(() => {
        const parent = new Room();
        const authority = new Authority(
          "ca",
          { commonName: "kubernetes", generations },
          { parent },
        );
        const pair = { authority, commonName: "leaf", use: "server" } as const;
        const { certPem, keyPem } = new KeyPair("leaf", pair, { parent });
        return pulumi.unsecret(
          pulumi
            .all([authority.trustBundle, certPem, keyPem])
            .apply(([bundle, leaf, key]) => ({ bundle, leaf, key })),
        );
      });
    }
  });

  const judge = (who: keyof typeof steps, what: keyof typeof steps) =>
    accepts(issued[who].bundle, issued[what].leaf);

  it("are accepted by everybody while the first step is on its way, whoever has made it", () => {
    expect(judge("before", "before")).toBe(true);
    expect(judge("before", "both")).toBe(true);
    expect(judge("both", "before")).toBe(true);
    expect(judge("both", "both")).toBe(true);
  });

  it("are accepted by everybody while the second step is on its way", () => {
    expect(judge("both", "after")).toBe(true);
    expect(judge("after", "both")).toBe(true);
    expect(judge("after", "after")).toBe(true);
  });

  it("of the old authority are refused at the end, and of the new one by who was left out", () => {
    expect(judge("after", "before")).toBe(false);
    expect(judge("before", "after")).toBe(false);
  });

  it("lead to every older authority that is kept", () => {
    expect(judge("before", "third")).toBe(true);
    expect(judge("after", "third")).toBe(true);
    expect(
      certificatesIn(issued.third.leaf).map(({ subject, issuer }) => [subject, issuer]),
    ).toEqual([
      ["CN=leaf", "CN=kubernetes-3"],
      ["CN=kubernetes-3", "CN=kubernetes"],
      ["CN=kubernetes-3", "CN=kubernetes-2"],
    ]);
  });

  it("stand alone when nothing is rotated, and have a new key by a new authority alone", () => {
    expect(certificatesIn(issued.before.leaf)).toHaveLength(1);
    expect(certificatesIn(issued.after.leaf)).toHaveLength(1);
    expect(issued.both.key).not.toBe(issued.before.key);
    expect(issued.after.key).toBe(issued.both.key);
  });
});
