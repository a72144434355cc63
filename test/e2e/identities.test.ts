import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { devTarget } from "./support/target.ts";
import { destroySuite, downSuite } from "./suites/destroy.ts";
import { keysSuite } from "./suites/keys.ts";
import { moveKubeletsSuite, selfRenewingSuite } from "./suites/kubelet-certificates.ts";
import { peopleSuite } from "./suites/people.ts";
import { upSuite } from "./suites/up.ts";

// One lab, from nothing to nothing: the order is part of the test.
onlyWithAll(
  "half an hour of certificates that end; that each is right is what test/pki and test/workers prove",
  () => {
    inOneLab();
    selfRenewingSuite(devTarget, () => {
      upSuite(devTarget);
    });
    peopleSuite(devTarget);
    moveKubeletsSuite(devTarget, "pulumi");
    keysSuite(devTarget);
    moveKubeletsSuite(devTarget, "bootstrap");
    destroySuite(devTarget);
    downSuite();
  },
);
