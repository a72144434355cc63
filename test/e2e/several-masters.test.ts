import { afterAll, beforeAll, describe } from "vitest";
import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { masters } from "./support/masters.ts";
import {
  beginWithMasters,
  devTarget,
  existingTarget,
  linodeTarget,
  type Target,
} from "./support/target.ts";
import { destroySuite, downSuite } from "./suites/destroy.ts";
import { leaderLossSuite, mastersLossSuite } from "./suites/masters-loss.ts";
import { mastersKillSuite, mastersScaleSuite } from "./suites/masters-scale.ts";
import { mastersReplaceSuite } from "./suites/masters-replace.ts";
import { mastersSplitSuite } from "./suites/masters-split.ts";
import { mastersUpSuite } from "./suites/masters-up.ts";
import { upSuite } from "./suites/up.ts";

/** Three masters and two workers of 1 GB, from nothing to nothing: the order is part of the test. */
function severalMasters(target: Target, life: () => void, dead?: string): void {
  // Twice the machines on the same processors: an `up` takes as long as two.
  describe(`three masters: ${target.stack}`, { timeout: 900_000 }, () => {
    let undo: (() => void) | undefined;
    beforeAll(() => {
      undo = beginWithMasters(target, masters);
    });
    afterAll(() => undo?.());

    upSuite(target);
    mastersUpSuite();
    life();
    destroySuite(target, dead);
    downSuite();
  });
}

onlyWithAll(
  "an hour of machines that come and go; that a plan is right is what test/etcd and test/plans prove",
  () => {
    inOneLab();
    severalMasters(
      devTarget,
      () => {
        mastersLossSuite();
        leaderLossSuite();
        mastersSplitSuite();
        mastersScaleSuite(devTarget, 3, 1);
        mastersKillSuite(devTarget);
        mastersScaleSuite(devTarget, 1, 3);
        mastersReplaceSuite(devTarget);
      },
      "master-1",
    );
    severalMasters(linodeTarget, () => undefined);
    severalMasters(existingTarget, () => undefined);
  },
);
