import { testToken, type TestCloud } from "./cloud-support.ts";

export interface LinodeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: LinodeBody;
}

/** The members that tests look at, of all kinds of answers. */
export interface LinodeBody {
  readonly id: number;
  readonly label: string;
  readonly status: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly ipv4: unknown;
  readonly rules: { readonly version: number; readonly fingerprint: string };
  readonly specs: object;
  readonly interfaces: readonly object[];
  readonly linodes: readonly { readonly id: number }[];
  readonly subnets: readonly { readonly id: number }[];
  readonly data: readonly LinodeBody[];
  readonly action: string;
  readonly created: string;
  readonly entity: { readonly id: number; readonly label: string };
  readonly size: number;
  readonly pages: number;
  readonly results: number;
  readonly errors: readonly { readonly reason: string; readonly field?: string }[];
}

/** Asks a test cloud's Linode API. */
export async function linodeCall(
  { cloud }: TestCloud,
  method: string,
  path: string,
  body?: unknown,
  filter?: object,
): Promise<LinodeAnswer> {
  const response = await fetch(cloud.linodeUrl + path, {
    method,
    headers: {
      authorization: `Bearer ${testToken}`,
      ...(filter === undefined ? {} : { "x-filter": JSON.stringify(filter) }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as LinodeBody };
}

/** The first error of an answer, with what it is about. */
export const refusal = ({ status, body }: LinodeAnswer) => [
  status,
  body.errors[0]?.field,
  body.errors[0]?.reason,
];

/** The smallest order for a Linode that the lab takes. */
export const linodeOrder = {
  label: "worker-1",
  region: "us-ord",
  type: "g6-nanode-1",
  image: "linode/debian12",
  root_pass: "never used",
} as const;

/** Orders a Linode and waits until it runs. */
export async function makeLinode(cloud: TestCloud, order: object = {}): Promise<number> {
  const { body } = await linodeCall(cloud, "POST", "/v4/linode/instances", {
    ...linodeOrder,
    ...order,
  });
  await cloud.cloud.idle();
  return body.id;
}

/** A VPC with one subnet. */
export async function makeSubnet(
  cloud: TestCloud,
  ipv4 = "10.0.0.0/24",
  label = "hw",
): Promise<{ readonly vpc: number; readonly subnet: number }> {
  const { body } = await linodeCall(cloud, "POST", "/v4/vpcs", {
    label,
    region: "us-ord",
    subnets: [{ label: "nodes", ipv4 }],
  });
  return { vpc: body.id, subnet: body.subnets[0]?.id ?? 0 };
}

/** Interfaces of a machine in a subnet. */
export const inSubnet = (subnet: number, vpc?: string) => [
  { purpose: "public", primary: true },
  { purpose: "vpc", subnet_id: subnet, ...(vpc === undefined ? {} : { ipv4: { vpc } }) },
];
