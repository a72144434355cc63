import type { Lab } from "../../lib/paths.ts";
import type { CloudState } from "../model.ts";
import { startDns } from "./dns.ts";
import { keepAcmeRunning, type AcmeAddresses } from "./services.ts";

/** Domain of every name that the lab's DNS knows. */
export const labZone = "lab.test";

/**
 * Starts a lab's DNS and its ACME server, a stand-in for Let's Encrypt that really connects to port 80 of the machine
 * behind a name.
 * @param state - the cloud as it is at that moment
 */
export async function startAcme(
  lab: Pick<Lab, "stateDir">,
  host: string,
  state: () => CloudState,
  log: (line: string) => void,
): Promise<{ close(): Promise<void> }> {
  const at: AcmeAddresses = {
    host,
    directory: 14_000,
    management: 15_000,
    dns: { host, port: 53 },
    names: { host: "127.0.0.1", port: 8053 },
    records: { host: "127.0.0.1", port: 8055 },
  };
  const dns = await startDns(at.dns, labZone, at.names, () => state().zones);
  const services = keepAcmeRunning(lab, at, () => publicAddress(state()), log);
  return {
    close: async () => {
      await Promise.all([dns.close(), services.close()]);
    },
  };
}

/**
 * Address of the machine that every name of the lab leads to: the first worker that is on, else the first machine that
 * is on; empty when there is none. One that is kept wins over the machine's own, as its owner would have it.
 */
export function publicAddress({
  machines,
  reservedIps,
}: Pick<CloudState, "machines" | "reservedIps">): string {
  const on = machines
    .filter(({ phase, power }) => phase === "ready" && power === "on")
    .toSorted((a, b) => a.id - b.id);
  const found = on.find(({ name }) => name.includes("worker")) ?? on[0];
  const kept = reservedIps.find(({ machineId }) => machineId === found?.id);
  return kept?.ip ?? found?.publicIp ?? "";
}
