import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { devTarget } from "./support/target.ts";
import { destroySuite, downSuite } from "./suites/destroy.ts";
import { upgradeSuite } from "./suites/upgrade.ts";
import { upSuite } from "./suites/up.ts";

onlyWithAll(
  "a quarter of an hour of compilation for another minor version; test/control-plane/upgrade.test.ts has the order",
  () => {
    inOneLab();
    upSuite(devTarget);
    upgradeSuite(devTarget);
    destroySuite(devTarget);
    downSuite();
  },
);
