import type { Body } from "../body.ts";
import { freePublicAddress } from "../limits.ts";
import { timestamp, type CloudState, type Machine } from "../model.ts";
import { fingerprintOf } from "../public-key.ts";
import { flag, integer, list, object, requiredText, text, texts } from "./body.ts";
import { imageNamed, planNamed, regionNamed } from "./catalog.ts";
import type { Image, Plan, Region } from "./catalog.ts";
import { addDevice, nextNumber, type Config, type Disk, type Interface } from "./details.ts";
import { notInLab, refused } from "./errors.ts";
import { checkedInterfaces } from "./interfaces.ts";
import { checkedLabel, checkedTags, labelRules } from "./labels.ts";
import { userName } from "./lookups.ts";

/** Linodes' public addresses are 10.240.64.1 and up. */
const firstBlock = 64;

const maxUserDataBytes = 65_535;
const standardSwapMib = 512;

/**
 * Puts a Linode that a request asks for into the model.
 * @throws ApiError 400
 */
export function orderMachine(draft: CloudState, body: Body): Machine {
  refuseWhatTheLabHasNot(body);
  const { region, plan, image } = checkedChoice(body);
  const id = draft.counters.machine + 1;
  const labels = draft.machines.map(({ name }) => name);
  const name = checkedLabel(body, labelRules.linode, labels, "linodes") ?? `linode${id}`;
  const firewallId = integer(body, "firewall_id");
  const firewall = draft.firewalls.find((known) => known.id === String(firewallId));
  if (firewallId !== null && !firewall) throw refused("Firewall not found", "firewall_id");
  const { interfaces, place } = checkedInterfaces(draft, body, region.id);
  const swapMib = checkedSwap(body, plan);
  const machine: Machine = {
    id,
    name,
    region: region.id,
    size: plan.id,
    image: image.id,
    vcpus: plan.vcpus,
    memoryMib: plan.memory,
    diskMib: plan.disk,
    ...place,
    publicIp: freePublicAddress(
      draft.machines.map(({ publicIp }) => publicIp),
      firstBlock,
    ),
    userData: checkedUserData(body),
    authorizedKeys: chosenKeys(draft, body),
    features: [],
    tags: checkedTags(draft, body),
    createdAt: timestamp(),
    phase: "new",
    power: "on",
    details: {
      group: text(body, "group") ?? "",
      watchdog: true,
      alerts: alertsOf(plan),
      swapMib,
      disks: newDisks(draft, image, swapMib),
      config: newConfig(draft, image, interfaces),
    },
  };
  draft.counters.machine = id;
  draft.machines.push(machine);
  if (firewall) addDevice(draft, firewall, id);
  return machine;
}

/** What the API watches for when nobody says otherwise. */
export const alertsOf = ({ vcpus }: Pick<Plan, "vcpus">) => ({
  cpu: 90 * vcpus,
  network_in: 10,
  network_out: 10,
  transfer_quota: 80,
  io: 10_000,
});

function refuseWhatTheLabHasNot(body: Body): void {
  for (const name of ["backups_enabled", "private_ip"]) {
    if (flag(body, name)) throw notInLab(name, name);
  }
  if (body["booted"] === false) throw notInLab("booted false", "booted");
  for (const name of ["stackscript_id", "backup_id", "placement_group"]) {
    const value = body[name] ?? 0;
    if (value !== 0) throw notInLab(name, name);
  }
  if (list(body, "ipv4").length > 0) throw notInLab("ipv4 (reserved addresses)", "ipv4");
  const generation = text(body, "interface_generation") ?? "legacy_config";
  if (generation !== "legacy_config") {
    throw notInLab(`interface_generation ${generation}`, "interface_generation");
  }
}

function checkedChoice(body: Body): { region: Region; plan: Plan; image: Image } {
  const region = regionNamed(requiredText(body, "region"));
  if (!region) throw refused("region is not valid", "region");
  const plan = planNamed(requiredText(body, "type"));
  if (!plan) throw refused("A valid plan type by that ID was not found", "type");
  const id = text(body, "image") ?? "";
  if (id === "") throw notInLab("a Linode without image", "image");
  const image = imageNamed(id);
  if (!image) throw refused("image is not valid", "image");
  if (!image.inLab) throw notInLab(`image ${id} (only linode/debian12 is)`, "image");
  if (texts(body, "authorized_keys").length + texts(body, "authorized_users").length === 0) {
    requiredText(body, "root_pass");
  }
  return { region, plan, image };
}

function checkedSwap(body: Body, plan: Plan): number {
  const swapMib = integer(body, "swap_size") ?? standardSwapMib;
  if (swapMib < 0 || swapMib >= plan.disk / 2) {
    throw refused("Must be less than half of the plan's disk", "swap_size");
  }
  return swapMib;
}

function newDisks(draft: CloudState, image: Image, swapMib: number): Disk[] {
  const main: Disk = { id: nextNumber(draft), label: `${image.label} Disk`, filesystem: "ext4" };
  if (swapMib === 0) return [main];
  const label = `${swapMib} MB Swap Image`;
  return [main, { id: nextNumber(draft), label, filesystem: "swap" }];
}

function newConfig(draft: CloudState, image: Image, interfaces: readonly Interface[]): Config {
  return {
    id: nextNumber(draft),
    label: `My ${image.label} Disk Profile`,
    comments: "",
    kernel: "linode/grub2",
    memory_limit: 0,
    run_level: "default",
    virt_mode: "paravirt",
    root_device: "/dev/sda",
    helpers: {
      updatedb_disabled: true,
      distro: true,
      modules_dep: true,
      network: true,
      devtmpfs_automount: true,
    },
    interfaces,
  };
}

function checkedUserData(body: Body): string {
  const field = "metadata.user_data";
  const coded = text(object(body, "metadata"), "user_data") ?? "";
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(coded)) throw refused("Must be base64 encoded", field);
  const userData = Buffer.from(coded, "base64");
  if (userData.length > maxUserDataBytes) {
    throw refused(`Decoded length must be at most ${maxUserDataBytes} bytes`, field);
  }
  return userData.toString("utf8");
}

function chosenKeys(draft: CloudState, body: Body): string[] {
  const given = texts(body, "authorized_keys").map((key, index) => {
    if (fingerprintOf(key) !== null) return key.trim();
    throw refused("SSH Key is not a valid public key", `authorized_keys[${index}]`);
  });
  const ofUsers = texts(body, "authorized_users").flatMap((user) => {
    if (user === userName) return draft.keys.map(({ publicKey }) => publicKey.trim());
    throw refused(`User ${user} does not exist`, "authorized_users");
  });
  return [...given, ...ofUsers];
}
