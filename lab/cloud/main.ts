import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { labNamed, labUmask } from "../lib/paths.ts";
import { hypervisorOf } from "../machines/hypervisor.ts";
import { importedStore } from "../mirror/imported.ts";
import { serveMirror } from "../mirror/serve.ts";
import { startAcme } from "./acme/acme.ts";
import { startCloud } from "./cloud.ts";
import { claimPidFile, fileLog } from "./daemon.ts";
import { linkedMirror } from "./mirror-link.ts";

// labd: the one daemon of a lab, inside the lab's network namespace. It can be killed and started again at any
// time; machines do not depend on it.

/** The lab's own address in its network. */
const host = "10.240.0.1";
const ports = { digitalOcean: 8000, linode: 8001, files: 8080, registry: 5000 } as const;

/** Waited for orders under way when told to end; what is cut off is done again by the next labd. */
const lastOrdersMs = 5000;

process.umask(labUmask);
const lab = labNamed();
mkdirSync(join(lab.stateDir, "logs"), { recursive: true, mode: 0o700 });
const log = fileLog(join(lab.stateDir, "logs", "labd.log"));

async function main(): Promise<void> {
  const release = claimPidFile(join(lab.stateDir, "labd.pid"), "lab/cloud/main.ts");
  const { store } = linkedMirror(lab, log);
  const mirror = await serveMirror(
    store,
    { host, filesPort: ports.files, registryPort: ports.registry },
    [importedStore()],
  );
  const cloud = await startCloud({
    lab,
    hypervisor: hypervisorOf(lab),
    token: readFileSync(join(lab.stateDir, "token"), "utf8").trim(),
    listen: { host, port: ports.digitalOcean, linodePort: ports.linode },
    log,
  });
  const acme = await startAcme(lab, host, () => cloud.state(), log);
  log(`labd ${process.pid} serves ${cloud.url} and ${cloud.linodeUrl}`);

  const end = async (signal: string): Promise<void> => {
    log(`labd ${process.pid} ends: ${signal}`);
    await Promise.race([
      Promise.all([acme.close(), cloud.close(), mirror.close()]),
      delay(lastOrdersMs),
    ]);
    release();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void end(signal));
  }
}

process.on("uncaughtException", (error) => {
  log(`labd ${process.pid} fails: ${error.stack ?? error.message}`);
  process.stderr.write(`labd: ${error.message}\n`); // for who starts it by hand
  process.exit(1);
});
await main();
