import { importedStore, importImages } from "../mirror/imported.ts";
import { publishAgain, publishedLock } from "../mirror/publish.ts";
import { table } from "./table.ts";

/**
 * Puts the images of an archive into the mirror of every lab.
 * @param reference - name of the image, for an archive that does not say it
 */
export async function importArchive(file: string, reference?: string): Promise<number> {
  const images = await importImages(importedStore(), file, reference);
  await publishAgain();
  for (const image of images) console.log(`${image.reference} ${image.digest}`);
  return 0;
}

/** Prints every image that a cluster may want and where the mirror has it from; one without a digest is to be imported. */
export async function listImages(): Promise<number> {
  const imported = await importedStore().tags();
  const ofMirror = (await publishedLock())?.images ?? [];
  const rows = [
    ...Object.entries(imported).map(([image, { digest }]) => [image, "imported", digest]),
    ...ofMirror
      .filter(({ image }) => imported[image] === undefined)
      .map(({ image, digest }) =>
        digest === undefined ? [image, "(not there)", "import it"] : [image, "mirror", digest],
      ),
  ];
  console.log(
    rows.length === 0
      ? "no images; npm run up fills the mirror"
      : table([["IMAGE", "FROM", "DIGEST"], ...rows.sort()]).join("\n"),
  );
  return 0;
}
