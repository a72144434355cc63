import { join } from "node:path";
import type { ToolName } from "../tools/build.ts";
import { recipes } from "../tools/recipes.ts";
import type { LockedImage } from "./lock.ts";
import type { ImageConfig, OciStore } from "./oci-store.ts";
import { busyboxFiles, packetFilterFiles, programFiles } from "./root-files.ts";
import type { TarEntry } from "./tar.ts";

type Layers = readonly (readonly TarEntry[])[];

interface ImageRecipe {
  readonly version: string;
  /** Registry, repository and tag. */
  readonly image: string;
  /** The tool whose programs are in it. */
  readonly tool?: ToolName;
  /**
   * @param rootfs - root file system of a machine
   * @param bin - directory of the tool's programs
   */
  readonly layers: (rootfs: string, bin: string) => Layers | Promise<Layers>;
  readonly config: ImageConfig;
}

/** Not root, in figures so that `runAsNonRoot` can be checked; upstream's own. */
const pauseUser = "65535:65535";
const plainUser = "65532:65532";
const certManagerUser = "1000";
const metricsUser = "65534";

const environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

/** Name in the lock → image; the command, paths and user on which pods rely are those of upstream's image. */
export const imageRecipes = {
  coredns: {
    ...fromTool("coredns", "registry.k8s.io/coredns/coredns"),
    layers: (_, bin) => [[file("coredns", join(bin, "coredns"))]],
    config: { Entrypoint: ["/coredns"], User: plainUser },
  },
  flannel: {
    ...fromTool("flannel", "ghcr.io/flannel-io/flannel"),
    layers: async (rootfs, bin) => [
      await busyboxFiles(),
      await packetFilterFiles(rootfs),
      ["flanneld", "install-conf"].map((name) => file(`opt/bin/${name}`, join(bin, name))),
    ],
    config: { Entrypoint: ["/opt/bin/flanneld"] },
  },
  "flannel-cni-plugin": {
    ...fromTool("flannel-cni-plugin", "ghcr.io/flannel-io/flannel-cni-plugin"),
    layers: async (_, bin) => [await busyboxFiles(), [file("flannel", join(bin, "flannel"))]],
    config: {},
  },
  traefik: {
    ...fromTool("traefik", "docker.io/library/traefik"),
    layers: (rootfs, bin) => [
      authorities(rootfs),
      [file("usr/local/bin/traefik", join(bin, "traefik"))],
    ],
    config: { Entrypoint: ["/usr/local/bin/traefik"] },
  },
  "metrics-server": {
    ...fromTool("metrics-server", "registry.k8s.io/metrics-server/metrics-server"),
    layers: (_, bin) => [[file("metrics-server", join(bin, "metrics-server"))]],
    config: { Entrypoint: ["/metrics-server"], User: metricsUser },
  },
  "cert-manager-controller": ofCertManager("controller"),
  "cert-manager-webhook": ofCertManager("webhook"),
  "cert-manager-cainjector": ofCertManager("cainjector"),
  "cert-manager-acmesolver": ofCertManager("acmesolver"),
  caddy: {
    version: recipes.caddy.version,
    image: `docker.io/library/caddy:${recipes.caddy.version}`,
    tool: "caddy",
    layers: (rootfs, bin) => [authorities(rootfs), [file("usr/bin/caddy", join(bin, "caddy"))]],
    config: {
      Env: [...environment, "XDG_CONFIG_HOME=/config", "XDG_DATA_HOME=/data"],
      Cmd: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
    },
  },
  pause: {
    version: "3.10.2",
    image: "registry.k8s.io/pause:3.10.2",
    layers: async () => [await busyboxFiles(), [script("pause", "exec sleep infinity")]],
    config: { Entrypoint: ["/pause"], User: pauseUser },
  },
  // what the lab's own tests run: busybox, dig, curl and our test server, as a plain user
  "hardway-test": {
    version: "1",
    image: "docker.io/library/hardway-test:1",
    tool: "testserver",
    layers: async (rootfs, bin) => [
      await busyboxFiles(),
      await programFiles(rootfs, ["/usr/bin/dig", "/usr/bin/curl"]),
      [
        file("bin/testserver", join(bin, "testserver")),
        { path: "tmp", kind: "directory", mode: 0o1777 },
      ],
    ],
    config: { Cmd: ["testserver"], User: plainUser },
  },
} as const satisfies Readonly<Record<string, ImageRecipe>>;

/** Name of an image that can be built. */
export type BuiltImage = keyof typeof imageRecipes;

/**
 * Builds an image into the store.
 * @param tools - tool → directory with its programs in `bin/`
 * @returns its entry for the mirror's lock
 */
export async function addBuiltImage(
  store: OciStore,
  name: BuiltImage,
  rootfs: string,
  tools: ReadonlyMap<string, string>,
): Promise<LockedImage> {
  const { version, image, tool, layers, config }: ImageRecipe = imageRecipes[name];
  const bin = join((tool && tools.get(tool)) ?? "", "bin");
  const content = await layers(rootfs, bin);
  const digest = await store.putImage(image, content, { Env: environment, ...config });
  return { name, version, image, digest };
}

function fromTool(
  tool: ToolName,
  repository: string,
): Pick<ImageRecipe, "version" | "image"> & { readonly tool: ToolName } {
  const { version } = recipes[tool];
  return { version, image: `${repository}:v${version}`, tool };
}

/** One program of cert-manager; the pod of an ACME challenge does not start with a user it cannot check. */
function ofCertManager(program: string): ImageRecipe & { readonly tool: ToolName } {
  const path = `app/cmd/${program}/${program}`;
  return {
    ...fromTool("cert-manager", `quay.io/jetstack/cert-manager-${program}`),
    layers: (rootfs, bin) => [authorities(rootfs), [file(path, join(bin, program))]],
    config: { Entrypoint: [`/${path}`], User: certManagerUser },
  };
}

/** Public certificate authorities, where Go programs look for them. */
function authorities(rootfs: string): readonly TarEntry[] {
  const path = "etc/ssl/certs/ca-certificates.crt";
  return [{ path, kind: "file", from: join(rootfs, path), mode: 0o644 }];
}

function file(path: string, from: string): TarEntry {
  return { path, kind: "file", from };
}

function script(path: string, line: string): TarEntry {
  return { path, kind: "text", text: `#!/bin/sh\n${line}\n`, mode: 0o755 };
}
