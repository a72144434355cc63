import { describe, it } from "vitest";
import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { existingTarget } from "./support/target.ts";
import { brokenEditSuite, workerChangeSuite } from "./suites/changes.ts";
import { destroySuite, downSuite } from "./suites/destroy.ts";
import { cleanHostsSuite, ownThingsSuite } from "./suites/hosts.ts";
import { nodesSuite } from "./suites/nodes.ts";
import { growSuite, shrinkSuite } from "./suites/scale.ts";
import { securitySuite } from "./suites/security.ts";
import { servicesSuite } from "./suites/services.ts";
import { upSuite } from "./suites/up.ts";
import { webSuite } from "./suites/web.ts";
import { workloadsSuite } from "./suites/workloads.ts";

inOneLab();

describe("what a host of yours is not tested for", () => {
  it.skip("a firewall, and machines that come back after a refresh: both are yours", () =>
    undefined);
});

// The sample stack of hosts that are there already, from nothing to hosts as they were before.
upSuite(existingTarget);
nodesSuite();
onlyWithAll(
  "what the provider has no part in: cluster.test.ts runs it on the same machines",
  () => {
    servicesSuite();
    workloadsSuite();
    securitySuite();
    webSuite();
    workerChangeSuite();
    brokenEditSuite();
  },
);
growSuite(existingTarget);
onlyWithAll("a worker drained, as by the destroy below", () => {
  shrinkSuite(existingTarget);
});
ownThingsSuite();
destroySuite(existingTarget);
cleanHostsSuite();
downSuite();
