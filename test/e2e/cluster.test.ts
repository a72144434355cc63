import { afterAll, beforeAll } from "vitest";
import { attempt, copyCheckout, removeCheckout } from "./support/lab.ts";
import { changesSuite } from "./suites/changes.ts";
import { destroySuite } from "./suites/destroy.ts";
import { killSuite } from "./suites/kill.ts";
import { nodesSuite } from "./suites/nodes.ts";
import { resilienceSuite } from "./suites/resilience.ts";
import { secretsSuite } from "./suites/secrets.ts";
import { securitySuite } from "./suites/security.ts";
import { servicesSuite } from "./suites/services.ts";
import { upSuite } from "./suites/up.ts";
import { webSuite } from "./suites/web.ts";
import { workloadsSuite } from "./suites/workloads.ts";

beforeAll(async () => {
  await copyCheckout();
  await attempt(["down"]); // what an interrupted run of these tests left
});
afterAll(async () => {
  await attempt(["down"]);
  removeCheckout();
});

// One lab, from nothing to nothing: the order is part of the test.
killSuite();
upSuite();
nodesSuite();
servicesSuite();
workloadsSuite();
securitySuite();
webSuite();
changesSuite();
secretsSuite();
resilienceSuite();
destroySuite();
