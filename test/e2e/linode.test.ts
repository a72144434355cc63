import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { linodeTarget } from "./support/target.ts";
import { brokenEditSuite, workerChangeSuite } from "./suites/changes.ts";
import { destroySuite, downSuite } from "./suites/destroy.ts";
import { lostAnswerSuite } from "./suites/faults.ts";
import { firewallSuite } from "./suites/firewall.ts";
import { metadataSuite } from "./suites/metadata.ts";
import { nodesSuite } from "./suites/nodes.ts";
import { refreshSuite } from "./suites/refresh.ts";
import { growSuite, shrinkSuite } from "./suites/scale.ts";
import { securitySuite } from "./suites/security.ts";
import { servicesSuite } from "./suites/services.ts";
import { upSuite } from "./suites/up.ts";
import { webSuite } from "./suites/web.ts";
import { workloadsSuite } from "./suites/workloads.ts";

inOneLab();

const { cloud } = linodeTarget;
/** Orders of machines: what the lab and these tests only look up must not use a failure up. */
const ofMachines = ["--method", "POST", "--path", cloud.machinesPath];

// The sample stack of Linode, from nothing to nothing. What is killed and rebooted is in cluster.test.ts only.
upSuite(linodeTarget);
nodesSuite();
firewallSuite(linodeTarget);
onlyWithAll(
  "what the provider has little part in: cluster.test.ts runs it on the same machines",
  () => {
    servicesSuite();
    workloadsSuite();
    securitySuite();
    metadataSuite();
    webSuite();
    workerChangeSuite();
    brokenEditSuite();
    lostAnswerSuite(linodeTarget, cloud);
  },
);
growSuite(linodeTarget, [
  ["429", ...ofMachines],
  ["linode-busy", ...ofMachines], // a 500 is what the official client does not try again after
  ["slow-boot", "--seconds", "15"],
]);
onlyWithAll("machines made anew and taken away, as those of cluster.test.ts", () => {
  refreshSuite(cloud);
  shrinkSuite(linodeTarget);
});
destroySuite(linodeTarget);
downSuite();
