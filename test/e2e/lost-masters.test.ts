import { describe } from "vitest";
import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { devTarget } from "./support/target.ts";
import { destroySuite } from "./suites/destroy.ts";
import {
  allMastersLostSuite,
  drillSuite,
  livingMasterSuite,
  lostMasterSuite,
} from "./suites/masters-lost.ts";
import { upSuite } from "./suites/up.ts";

onlyWithAll(
  "twenty minutes of control planes that go for good; what is planned then is what test/etcd proves, and restore-etcd.sh runs in the suite of backups",
  () => {
    inOneLab();
    // The order is part of the test: each loss is a generation of etcd.
    describe("every control-plane machine is gone", { timeout: 900_000 }, () => {
      upSuite(devTarget);
      livingMasterSuite(devTarget);
      lostMasterSuite(devTarget);
      drillSuite();
      allMastersLostSuite(devTarget);
      destroySuite(devTarget);
    });
  },
);
