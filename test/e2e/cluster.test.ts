import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { devTarget } from "./support/target.ts";
import { autoscaleSuite } from "./suites/autoscale.ts";
import { backupsSuite } from "./suites/backups.ts";
import { controlPlaneNodeSuite } from "./suites/control-plane-node.ts";
import { brokenEditSuite, masterChangeSuite, workerChangeSuite } from "./suites/changes.ts";
import { destroySuite, downSuite } from "./suites/destroy.ts";
import { firewallSuite } from "./suites/firewall.ts";
import { killSuite } from "./suites/kill.ts";
import { lostAnswerSuite } from "./suites/faults.ts";
import { metadataSuite } from "./suites/metadata.ts";
import { nodesSuite } from "./suites/nodes.ts";
import { nginxSuite } from "./suites/nginx.ts";
import { pageSuite } from "./suites/page.ts";
import { refreshSuite } from "./suites/refresh.ts";
import { refusalsSuite } from "./suites/refusals.ts";
import { reloadSuite } from "./suites/reload.ts";
import { resilienceSuite } from "./suites/resilience.ts";
import { rolloutSuite } from "./suites/rollout.ts";
import { growSuite, shrinkSuite } from "./suites/scale.ts";
import { secretsSuite } from "./suites/secrets.ts";
import { securitySuite } from "./suites/security.ts";
import { servicesSuite } from "./suites/services.ts";
import { upSuite } from "./suites/up.ts";
import { webSuite } from "./suites/web.ts";
import { workerLossSuite } from "./suites/worker-loss.ts";
import { workloadsSuite } from "./suites/workloads.ts";
import { wrongInputsSuite } from "./suites/wrong-inputs.ts";

inOneLab();

const { cloud } = devTarget;
/** Orders of machines: what the lab and these tests only look up must not use a failure up. */
const ofMachines = ["--method", "POST", "--path", cloud.machinesPath];

// One lab, from nothing to nothing: the order is part of the test.
killSuite();
upSuite(devTarget);
nodesSuite();
servicesSuite();
securitySuite();
firewallSuite(devTarget);
webSuite();
onlyWithAll(
  "what a cluster's user does, for a quarter of an hour: pods, pages and nodes that go",
  () => {
    controlPlaneNodeSuite();
    workloadsSuite();
    metadataSuite();
    reloadSuite();
    pageSuite();
    rolloutSuite();
    autoscaleSuite();
    nginxSuite();
    workerLossSuite();
  },
);
workerChangeSuite();
masterChangeSuite();
onlyWithAll(
  "two minutes until a kubelet is given up; test/scripts.test.ts has the way back",
  () => {
    brokenEditSuite();
  },
);
onlyWithAll("machines made behind the state's back; growing below meets the same cloud", () => {
  lostAnswerSuite(devTarget, cloud);
});
growSuite(devTarget, [
  ["429", ...ofMachines],
  ["500", ...ofMachines],
  ["slow-boot", "--seconds", "15"],
]);
onlyWithAll("a machine more that is made anew; killed runs above have made several", () => {
  refreshSuite(cloud);
});
shrinkSuite(devTarget);
secretsSuite();
backupsSuite(devTarget);
onlyWithAll(
  "what is refused is what test/config proves; reboots and kills take five minutes",
  () => {
    refusalsSuite(devTarget);
    wrongInputsSuite();
    resilienceSuite();
  },
);
destroySuite(devTarget);
downSuite();
