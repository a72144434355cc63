import type { Droplet } from "@pulumi/digitalocean/droplet.js";
import { ReservedIp } from "@pulumi/digitalocean/reservedIp.js";
import { ReservedIpAssignment } from "@pulumi/digitalocean/reservedIpAssignment.js";
import type * as pulumi from "@pulumi/pulumi";

/**
 * An address that is kept when the machine behind it is rebuilt; free while in use, billed while not.
 * Two plain resources: neither makes sense without the other.
 * @see https://docs.digitalocean.com/products/networking/reserved-ips/
 */
export class ReservedAddress {
  /** What a machine behind it depends on, so that the address is given back only after the machine. */
  readonly reservation: ReservedIp;

  readonly #id: string;
  readonly #opts: pulumi.CustomResourceOptions;

  /** @param id - begins the names of its resources, e.g. `api` */
  constructor(id: string, region: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) {
    this.#id = id;
    this.#opts = opts;
    this.reservation = new ReservedIp(`${id}-address`, { region }, opts);
  }

  /** The address, once it leads to this machine. */
  leadTo(droplet: Droplet): pulumi.Output<string> {
    const assignment = new ReservedIpAssignment(
      `${this.#id}-address-assignment`,
      { ipAddress: this.reservation.ipAddress, dropletId: droplet.id.apply(Number) },
      // The plugin fails on taking an address from a machine that is gone already.
      { ...this.#opts, deletedWith: droplet },
    );
    return assignment.ipAddress;
  }
}
