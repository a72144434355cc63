import { afterAll, beforeAll, describe } from "vitest";
import { onlyWithAll } from "./support/all.ts";
import { inOneLab } from "./support/life.ts";
import { masters } from "./support/masters.ts";
import { beginWithMasters, devTarget } from "./support/target.ts";
import { destroySuite, downSuite } from "./suites/destroy.ts";
import { upgradeSuite } from "./suites/upgrade.ts";
import { upSuite } from "./suites/up.ts";

onlyWithAll(
  "a quarter of an hour of compilation for another minor version; test/control-plane/upgrade.test.ts has the order",
  () => {
    inOneLab();
    for (const names of [["master-1"], masters]) {
      describe(`${names.length} and 2 machines`, { timeout: 900_000 }, () => {
        let undo: (() => void) | undefined;
        beforeAll(() => {
          undo = names.length === 1 ? undefined : beginWithMasters(devTarget, names);
        });
        afterAll(() => undo?.());

        upSuite(devTarget);
        upgradeSuite(devTarget, names);
        destroySuite(devTarget);
        downSuite();
      });
    }
  },
);
