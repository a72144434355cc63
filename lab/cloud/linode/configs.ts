import type { Body } from "../body.ts";
import type { Context } from "../context.ts";
import type { ApiRequest, Routes } from "../http.ts";
import type { CloudState, Machine } from "../model.ts";
import { flag, integer, object, objects, text, texts } from "./body.ts";
import { linodeDetails, type Interface } from "./details.ts";
import { notFound, notInLab } from "./errors.ts";
import { configView, disksView } from "./instance-views.ts";
import { machineOf } from "./instances.ts";
import { page } from "./pages.ts";

/**
 * The disks of a Linode and the one configuration that it boots with.
 * @see https://techdocs.akamai.com/linode-api/reference/get-linode-configs
 */
export function configRoutes({ store }: Context): Routes {
  return {
    "GET /linode/instances/:id/disks": (request) =>
      page(request, disksView(machineOf(store.state, request))),
    "GET /linode/instances/:id/disks/:disk": (request) => {
      const disks = disksView(machineOf(store.state, request));
      const disk = disks.find(({ id }) => String(id) === request.params["disk"]);
      if (!disk) throw notFound();
      return { status: 200, body: disk };
    },
    "GET /linode/instances/:id/configs": (request) =>
      page(request, [configView(machineOf(store.state, request))]),
    "GET /linode/instances/:id/configs/:config": (request) => ({
      status: 200,
      body: configView(machineWithConfig(store.state, request)),
    }),
    "PUT /linode/instances/:id/configs/:config": async (request) => {
      const machine = await store.change((draft) => {
        const changed = machineWithConfig(draft, request);
        changeConfig(changed, request.body);
        return changed;
      });
      return { status: 200, body: configView(machine) };
    },
  };
}

function machineWithConfig(state: CloudState, request: ApiRequest): Machine {
  const machine = machineOf(state, request);
  if (String(linodeDetails(machine).config.id) !== request.params["config"]) throw notFound();
  return machine;
}

/** What is left out stays as it is; of disks and interfaces nothing can be changed in the lab. */
function changeConfig(machine: Machine, body: Body): void {
  const details = linodeDetails(machine);
  const { config } = details;
  for (const name of ["kernel", "root_device", "run_level", "virt_mode"] as const) {
    if ((text(body, name) ?? config[name]) !== config[name]) {
      throw notInLab(`another ${name} than ${config[name]}`, name);
    }
  }
  if ((integer(body, "memory_limit") ?? 0) !== 0) throw notInLab("memory_limit", "memory_limit");
  checkDevices(machine, object(body, "devices"));
  details.config = {
    ...config,
    label: text(body, "label") ?? config.label,
    comments: text(body, "comments") ?? config.comments,
    helpers: { ...config.helpers, ...(object(body, "helpers") as Config["helpers"]) },
    interfaces: checkedSame(machine, config.interfaces, body),
  };
}

type Config = ReturnType<typeof linodeDetails>["config"];

function checkDevices(machine: Machine, devices: Body): void {
  const own = configView(machine).devices;
  for (const name of Object.keys(devices)) {
    const [asked, known] = [diskId(object(devices, name)), diskId(own[name] ?? {})];
    if (asked !== known) throw notInLab("another disk of a Linode that exists", `devices.${name}`);
  }
}

const diskId = (device: object): number =>
  "disk_id" in device && typeof device.disk_id === "number" ? device.disk_id : 0;

/** Only which one is primary may differ: a machine of the lab keeps its networks for life. */
function checkedSame(
  machine: Machine,
  own: readonly Interface[],
  body: Body,
): readonly Interface[] {
  if (body["interfaces"] === undefined || body["interfaces"] === null) return own;
  const asked = objects(body, "interfaces");
  const isSame =
    asked.length === own.length &&
    own.every((one, index) => {
      const other = asked[index] ?? {};
      return (
        text(other, "purpose") === one.purpose &&
        (one.purpose === "public" || isSamePlace(machine, one.nat, other))
      );
    });
  if (!isSame) throw notInLab("other interfaces of a Linode that exists", "interfaces");
  return own.map((one, index) => ({ ...one, primary: flag(asked[index] ?? {}, "primary") }));
}

function isSamePlace(machine: Machine, nat: boolean, asked: Body): boolean {
  const ipv4 = object(asked, "ipv4");
  const address = text(ipv4, "vpc") ?? "";
  const face = text(ipv4, "nat_1_1") ?? "";
  return (
    integer(asked, "subnet_id") === Number(machine.subnetId) &&
    (address === "" || address === machine.privateIp) &&
    (nat ? face === "any" || face === machine.publicIp : face === "") &&
    texts(asked, "ip_ranges").length === 0
  );
}
