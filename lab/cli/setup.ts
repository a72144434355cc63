import { installHostPackages } from "./host-packages.ts";
import { preflight, preflightMessage } from "./preflight.ts";
import { kubectlDir } from "./session.ts";
import { type ParallelPhases, type Phase, runPhases } from "../lib/progress.ts";
import { machineRootfs } from "../machines/rootfs.ts";
import { fillMirror, planMirror } from "../mirror/mirror.ts";
import { publishMirror } from "../mirror/publish.ts";
import { buildTool, buildTools } from "../tools/build.ts";
import { pulumiSource, pulumiTools } from "../tools/pulumi.ts";

/** Directories of the programs that a lab is made with. */
export interface SetupDirs {
  /** Holds `pulumi` and its language host. */
  pulumi: string;
  kubectl: string;
  /** Holds the ACME server in `bin/`. */
  acme: string;
}

/**
 * Makes all that a lab is made of and starts nothing: packages, tools, machine image, artifacts and images. `npm run up`
 * begins with it; by itself it prepares a machine, and needs no network namespace that lasts.
 * @returns exit code
 */
export async function setup(): Promise<number> {
  const problems = await preflight();
  if (problems.length > 0) {
    console.error(preflightMessage(problems));
    return 1;
  }
  await runPhases(setupPhases({ pulumi: "", kubectl: "", acme: "" }));
  return 0;
}

/** @param dirs - filled in as the phases run */
export function setupPhases(dirs: SetupDirs): readonly (Phase | ParallelPhases)[] {
  return [
    {
      title: "system packages",
      run: async ({ report, note }) => {
        const installed = await installHostPackages(report);
        note(installed.length === 0 ? "all there" : `installed ${installed.length}`);
      },
    },
    {
      title: "tools",
      parallel: [
        {
          title: "machine image",
          run: async ({ report }) => {
            await machineRootfs(report);
          },
        },
        {
          title: "Pulumi CLI",
          run: async ({ report, note }) => {
            dirs.pulumi = await pulumiTools(report);
            note((await pulumiSource(dirs.pulumi)) ?? dirs.pulumi);
          },
        },
        {
          title: "programs",
          run: async ({ report }) => {
            const { tools } = await planMirror(report);
            await buildTools([...tools, "pebble"], report);
          },
        },
      ],
    },
    {
      title: "artifacts",
      run: async ({ report }) => {
        await publishMirror(await fillMirror(report));
        dirs.kubectl = await kubectlDir();
        dirs.acme = await buildTool("pebble", report);
      },
    },
  ];
}
