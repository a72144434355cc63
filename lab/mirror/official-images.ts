import { Readable } from "node:stream";
import { hostArchitecture, type LockedImage } from "./lock.ts";
import { registryHost } from "./official.ts";
import type { Descriptor, OciStore } from "./oci-store.ts";

/** A manifest, or an index of manifests per platform, as far as pulling reads it. */
interface Manifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly (Descriptor & {
    readonly platform?: { readonly os: string; readonly architecture: string };
  })[];
}

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * Copies an image from its registry into the store: what this machine's architecture needs, under the digest of the lock.
 * @param baseUrl - where the registry answers; default: the image's own registry, over https
 * @returns its entry for the mirror's lock, with the digest even when the lock had none
 * @throws Error naming the image when it is not there or a digest differs
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 */
export async function addOfficialImage(
  store: OciStore,
  entry: LockedImage,
  baseUrl = `https://${registryHost(entry.image)}`,
): Promise<LockedImage> {
  const [name = "", tag = ""] = entry.image.split(/:(?=[^/]*$)/);
  const repository = name.slice(name.indexOf("/") + 1);
  const pull = new Pull(store, `${baseUrl}/v2/${repository}`);
  const top = await pull.manifest(entry.digest ?? tag);
  const child = top.content.manifests?.find(
    ({ platform }) => platform?.os === "linux" && platform.architecture === hostArchitecture(),
  );
  const { content } = child ? await pull.manifest(child.digest) : top;
  if (!content.config || !content.layers) {
    throw new Error(`${entry.image}: no image for linux/${hostArchitecture()}`);
  }
  for (const { digest } of [content.config, ...content.layers]) await pull.blob(digest);
  await store.tag(entry.image, top.target);
  return { ...entry, digest: top.target.digest };
}

/** Reads of one repository; gets itself an anonymous token when the registry asks for one. */
class Pull {
  readonly #store: OciStore;
  readonly #url: string;
  #token: string | undefined;

  constructor(store: OciStore, url: string) {
    this.#store = store;
    this.#url = url;
  }

  async manifest(reference: string): Promise<{ target: Descriptor; content: Manifest }> {
    const response = await this.#get(`manifests/${reference}`);
    const mediaType = response.headers.get("content-type") ?? "";
    const bytes = Buffer.from(await response.arrayBuffer());
    const target = await this.#store.putBlob(mediaType, Readable.from([bytes]));
    if (reference.startsWith("sha256:")) this.#check(reference, target);
    return { target, content: JSON.parse(bytes.toString()) as Manifest };
  }

  async blob(digest: string): Promise<void> {
    const { body } = await this.#get(`blobs/${digest}`);
    if (body === null) throw new Error(`${this.#url}: ${digest} is empty`);
    this.#check(digest, await this.#store.putBlob("", Readable.fromWeb(body)));
  }

  #check(wanted: string, got: Descriptor): void {
    if (wanted === got.digest) return;
    throw new Error(`${this.#url}: wrong digest, got ${got.digest}; asked for ${wanted}`);
  }

  async #get(path: string): Promise<Response> {
    const url = `${this.#url}/${path}`;
    let response = await this.#request(url);
    if (response.status === 401 && this.#token === undefined) {
      this.#token = await anonymousToken(response.headers.get("www-authenticate") ?? "");
      response = await this.#request(url);
    }
    if (!response.ok) throw new Error(`${url}: not to be had, got HTTP ${response.status}`);
    return response;
  }

  #request(url: string): Promise<Response> {
    const authorization = this.#token === undefined ? {} : { authorization: this.#token };
    return fetch(url, { headers: { accept: manifestTypes, ...authorization } });
  }
}

/** @see https://distribution.github.io/distribution/spec/auth/token/ */
async function anonymousToken(challenge: string): Promise<string> {
  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  const { realm, ...query } = parameters;
  if (realm === undefined) throw new Error(`registry asks for a login: ${challenge}`);
  const response = await fetch(`${realm}?${new URLSearchParams(query).toString()}`);
  const body = (await response.json()) as { token?: string; access_token?: string };
  return `Bearer ${body.token ?? body.access_token ?? ""}`;
}
