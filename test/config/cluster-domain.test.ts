import { describe, expect, test } from "vitest";
import { checkNewDomain } from "../../components/config/cluster-domain.ts";
import type { ConfigError } from "../../components/config/problems.ts";
import { Problems } from "../../components/config/problems.ts";
import { failsWith, problemsOf } from "../support/stack.ts";

const acme = { email: "ops@hardway.dev" };
const refused = (domain: string, covered: string) =>
  `clusterDomain: covers ${covered} and could not find then, got "${domain}"; write a domain of the cluster's own, e.g. cluster.local`;

describe("a cluster domain", () => {
  failsWith([
    [
      "the demo's own name",
      { clusterDomain: "demo.hardway.dev", acme, demo: { host: "demo.hardway.dev" } },
      [refused("demo.hardway.dev", "demo.hardway.dev, which the cluster uses (demo.host)")],
    ],
    [
      "a domain above the demo's name",
      { clusterDomain: "hardway.dev", acme, demo: { host: "demo.hardway.dev" } },
      [refused("hardway.dev", "demo.hardway.dev, which the cluster uses (demo.host)")],
    ],
    [
      "the certificate authority's",
      { clusterDomain: "letsencrypt.org", acme },
      [
        refused(
          "letsencrypt.org",
          "acme-staging-v02.api.letsencrypt.org, which the cluster uses (acme.directory)",
        ),
      ],
    ],
    [
      "the mirror's",
      {
        clusterDomain: "corp.internal",
        artifacts: { registryMirror: "https://oci.corp.internal" },
      },
      [
        refused(
          "corp.internal",
          "oci.corp.internal, which the cluster uses (artifacts.registryMirror)",
        ),
      ],
    ],
    [
      "the cloud's",
      { clusterDomain: "digitalocean.com" },
      [refused("digitalocean.com", "api.digitalocean.com, which the cluster uses (provider)")],
    ],
  ]);

  test("may be beside or below a name that is used", () => {
    const demo = { host: "demo.hardway.dev" };
    for (const clusterDomain of ["cluster.hardway.dev", "k8s.demo.hardway.dev", "ardway.dev"]) {
      expect(problemsOf({ clusterDomain, acme, demo })).toEqual([]);
    }
  });

  test.each([
    ["com", 1],
    ["cluster.local", 0],
    ["prod.example", 0],
  ])("of a new cluster has more than one label: %s", (domain, count) => {
    const problems = new Problems();
    checkNewDomain(domain, problems);
    try {
      problems.throwIfAny("dev");
      expect(count).toBe(0);
    } catch (error) {
      expect((error as ConfigError).problems).toEqual([
        `clusterDomain: one label alone, as public domains are: pods could reach no name below it, got "${domain}"; write two labels or more, e.g. cluster.local`,
      ]);
      expect(count).toBe(1);
    }
  });
});
