import { integer, list, object, text, toggle } from "./value-types.ts";

const login = {
  /** IPv4 address or DNS name for SSH. Must be given. */
  address: text("an address, e.g. 203.0.113.10"),
  /** @default "root" */
  user: text("a user, e.g. debian"),
  /** @default 22 */
  port: integer("a port, e.g. 22"),
  /** Its public key: `ssh-keyscan -t ed25519 HOST`, checked against the host itself. Must be given. */
  hostKey: text("a line of authorized_keys, e.g. ssh-ed25519 AAAA…"),
};

const host = object(
  {
    ...login,
    /** Where the other nodes reach it, within `nodeCidr`. @default - `address` */
    privateAddress: text("an IPv4 address, e.g. 10.10.0.11"),
    /** Go through `sudo`, which must ask for no password. @default - true unless `user` is root */
    sudo: toggle,
    /** The host through which SSH goes. @default - none */
    bastion: object(login, "{address: 203.0.113.9, hostKey: ssh-ed25519 AAAA…}"),
    /** @default "amd64" */
    architecture: text("amd64 or arm64"),
  },
  "{address: 203.0.113.10, hostKey: ssh-ed25519 AAAA…}",
);

const nodes = list(
  object(
    {
      /** Node name = host name = name in the cloud: a DNS label, unique in the cluster. */
      name: text("a name, e.g. worker-1"),
      /** @default - the group's `size` */
      size: text("a size of the provider, e.g. s-1vcpu-1gb"),
      /**
       * Its address in the VPC, on linode; cannot change while the node exists.
       * @default - from its name: worker-1 has the 21st address of `nodeCidr`
       */
      privateAddress: text("an IPv4 address of nodeCidr, e.g. 10.10.0.40"),
      /** The host that it is, on the provider `existing`; must be given there and nowhere else. */
      host,
    },
    "{name: worker-1}",
  ),
  "one object per node, e.g. [{name: worker-1}]",
);

/**
 * The machines of one role, as a stack describes them.
 * @param counts - how many there may be
 */
export const group = (counts: string) =>
  object(
    {
      /** Number of machines, named for you. Leave out when `nodes` is given. */
      count: integer(counts),
      /**
       * Size of every machine that names none; 1 GiB of memory or more.
       * @default - the provider's smallest of 1 GiB: "s-1vcpu-1gb", "g6-nanode-1"
       */
      size: text("a size of the provider, e.g. s-1vcpu-1gb"),
      /** Image of these machines. @default - `image` of the stack */
      image: text("an image of the provider, e.g. debian-12-x64"),
      /** The machines by name, instead of `count`. */
      nodes,
    },
    "{count: 1, size: s-1vcpu-1gb}",
  );
