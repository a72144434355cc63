import { addonNames, addonTable, type AddonRow } from "../facts/addon-table.ts";
import type { ArtifactSpec } from "../spec.ts";
import { reasonOf } from "./manifests.ts";
import type { Problems } from "./problems.ts";

const path = "artifacts.registryMirror";
const timeoutMs = 20_000;

/** The kinds of manifest that containerd takes. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * Asks the registry mirror of the stack for every image of the cluster, as containerd will, and reports those that it
 * lacks: without this a pod would wait for its image, and `pulumi up` for the pod. Official registries are not asked.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#checking-if-content-exists-in-the-registry
 */
export async function checkImages(
  { images, mirror: { registry } }: Pick<ArtifactSpec, "images" | "mirror">,
  problems: Problems,
): Promise<void> {
  if (registry === null) return;
  const answers = await Promise.all(images.map(({ reference }) => ask(registry, reference)));
  const failure = answers.find((answer) => typeof answer === "string");
  if (failure !== undefined) {
    const fix = "look at the network, or leave it out";
    problems.add(path, { wrong: `cannot be asked for images (${failure})`, got: registry, fix });
    return;
  }
  for (const { name, reference } of images.filter((_, index) => answers[index] === 404)) {
    const instead = insteadOf(name);
    const other = instead === undefined ? "" : `, or ${instead}`;
    const wrong = `lacks the image ${reference}`;
    problems.add(path, { wrong, got: registry, fix: `put the image into the mirror${other}` });
  }
}

function insteadOf(image: string): string | undefined {
  const rows = addonNames.map((name): AddonRow => addonTable[name]);
  return rows.find(({ images }) => image in images)?.instead;
}

/** HTTP status of an image's manifest; a text when there is no answer. */
async function ask(registry: string, reference: string): Promise<number | string> {
  const [, host = "", repository = "", tag, digest] =
    /^([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(reference) ?? [];
  const url = `${registry}/v2/${repository}/manifests/${digest ?? tag ?? "latest"}?ns=${host}`;
  try {
    const response = await fetch(url, {
      method: "HEAD",
      headers: { accept: manifestTypes },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.status;
  } catch (error) {
    return reasonOf(error);
  }
}
