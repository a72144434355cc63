import * as pulumi from "@pulumi/pulumi";

/** One resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** As the engine gets them; a secret is `{ [secretKey]: …, value }`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly opts: pulumi.CustomResourceOptions;
}

/** All that one build of a graph registered. */
export interface Graph {
  readonly resources: readonly Registered[];
  /** Of one type, in the order of registration. */
  ofType(type: string): Registered[];
  /** The one resource of this type and name. */
  one(type: string, name: string): Registered;
}

const secretKey = "4dabf18193072939515e22adb298388d";

export function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && secretKey in value;
}

/** The value itself, secret or not. */
export function reveal(value: unknown): unknown {
  return isSecret(value) ? (value as { value: unknown }).value : value;
}

/** The last number of the addresses of a machine. */
function hostNumber(name: string): number {
  const [, role, number] = /^(master|worker)-(\d+)$/.exec(name) ?? [];
  return role === undefined ? 99 : (role === "master" ? 10 : 20) + Number(number);
}

/** What a cloud or a plugin would answer, as far as other resources use it. */
function answer(type: string, name: string): Record<string, unknown> {
  const key = `-----BEGIN PRIVATE KEY-----\n${name}\n-----END PRIVATE KEY-----\n`;
  const certificate = `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
  const host = hostNumber(name);
  switch (type) {
    case "tls:index/privateKey:PrivateKey":
      return {
        privateKeyPem: key,
        privateKeyOpenssh: key,
        publicKeyPem: `-----BEGIN PUBLIC KEY-----\n${name}\n-----END PUBLIC KEY-----\n`,
        publicKeyOpenssh: `ssh-ed25519 AAAA${name}\n`,
      };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: certificate, validityEndTime: "2027-11-21T00:00:00Z" };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `REQUEST ${name}` };
    case "digitalocean:index/droplet:Droplet":
      return { ipv4Address: `203.0.113.${host}`, ipv4AddressPrivate: `10.10.0.${host}` };
    case "linode:index/instance:Instance":
      return { ipv4s: ["192.168.133.7", `203.0.113.${host}`] };
    case "digitalocean:index/reservedIp:ReservedIp":
      return { ipAddress: `198.51.100.${name === "api-address" ? 1 : 2}` };
    case "digitalocean:index/sshKey:SshKey":
      return { fingerprint: "3b:16:e4:bf" };
    default:
      return {};
  }
}

/** The zones of each cloud's account. */
const zones: Readonly<Record<string, readonly object[]>> = {
  "digitalocean:index/getDomains:getDomains": [{ name: "example.com" }, { name: "example.org" }],
  "linode:index/getDomains:getDomains": [{ id: 4711, domain: "example.com" }],
};

/**
 * Runs `build` against Pulumi's mocks and returns what it registered.
 * Does not prove that any provider accepts it: the lab does.
 * @param mode - "preview" leaves out everything that only a cloud can know
 */
export async function graphOf(build: () => void, mode: "up" | "preview" = "up"): Promise<Graph> {
  const inputs = new Map<string, Record<string, unknown>>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given }) => {
        inputs.set(`${type}::${name}`, given as Record<string, unknown>);
        const state = mode === "up" ? answer(type, name) : {};
        const id = mode === "up" ? `${name}-id` : undefined;
        return { id, state: { ...(given as Record<string, unknown>), ...state } };
      },
      call: ({ token }) => {
        const found = zones[token];
        if (found !== undefined) return { domains: found };
        throw new Error(`unexpected look-up ${token}: the program looks up no more than zones`);
      },
    },
    "hardway",
    "test",
    mode === "preview",
  );
  const seen: pulumi.ResourceTransformationArgs[] = [];
  await pulumi.runtime.runInPulumiStack(() => {
    pulumi.runtime.registerStackTransformation((resource) => {
      seen.push(resource);
      return undefined;
    });
    build();
    return Promise.resolve({});
  });
  await pulumi.runtime.disconnect();
  const resources = seen
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ type, name, opts }) => ({
      type,
      name,
      opts,
      inputs: inputs.get(`${type}::${name}`) ?? {},
    }));
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    resources,
    ofType,
    one(type, name) {
      const found = ofType(type).filter((resource) => resource.name === name);
      const [only] = found;
      if (only === undefined || found.length > 1) {
        throw new Error(`${found.length} resources ${type} ${name}, want 1`);
      }
      return only;
    },
  };
}
