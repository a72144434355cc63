/** A file as it will be on a host. */
export interface HostFile {
  /** Absolute path on the host. */
  readonly path: string;
  /** Text; a missing final newline is added. */
  readonly content: string;
  /** @default "0644" */
  readonly mode?: "0600" | "0640" | "0644" | "0755";
  /** User and group. @default "root:root" */
  readonly owner?: string;
}

/** A symbolic link as it will be on a host: how a binary of a version is put into use. */
export interface HostLink {
  readonly path: string;
  readonly target: string;
}

/** A file that a host downloads by itself, and where its programs go. */
export interface HostDownload {
  /** Made for this download alone: another content has another directory. */
  readonly directory: string;
  readonly sha256: string;
  readonly url: string;
  /** `NAME` when the download is the program itself, else `NAME=PATH-IN-ARCHIVE`. */
  readonly programs: readonly string[];
}

export interface BundleParts {
  readonly links?: readonly HostLink[];
  readonly files?: readonly HostFile[];
  readonly downloads?: readonly HostDownload[];
  /** References of images that containerd fetches. */
  readonly images?: readonly string[];
  /** Facts that are not in the files but must restart the unit when they change, e.g. a certificate's hash. */
  readonly because?: readonly string[];
  /** What the unit takes over when it is told to reload, so that a change of it alone restarts nothing. */
  readonly onReload?: Pick<BundleParts, "files" | "because">;
}

/**
 * What one remote step sends to its host, as text a reviewer can read in a diff; unpacked by
 * `assets/scripts/lib.sh`, which does nothing before it has read the end mark: a connection that breaks in between
 * looks to the host like the end of the text. The same parts give the same bytes.
 * @throws Error when a line of a file looks like the head of an entry, or a path has a space
 */
export function bundle(parts: BundleParts): string {
  return [...entriesOf(parts), head("end")].join("");
}

function entriesOf(parts: BundleParts): string[] {
  const { links = [], files = [], downloads = [], images = [], because = [], onReload } = parts;
  return [
    ...because.map((reason) => head("because", reason)),
    ...links.map(({ path, target }) => head("link", word(path), word(target))),
    ...downloads.map(({ directory, sha256, url, programs }) =>
      head("download", ...[directory, sha256, url, ...programs].map(word)),
    ),
    ...images.map((reference) => head("image", word(reference))),
    ...files.map(
      ({ path, content, mode = "0644", owner = "root:root" }) =>
        head("file", word(path), mode, word(owner)) + body(path, content),
    ),
    ...(onReload === undefined ? [] : [head("reload"), ...entriesOf(onReload)]),
  ];
}

function head(...words: readonly string[]): string {
  return `>>> ${words.join(" ")}\n`;
}

function body(path: string, content: string): string {
  if (/^>>> /m.test(content)) {
    throw new Error(`${path}: a line starts with ">>> ", which separates the files of a bundle`);
  }
  return content === "" || content.endsWith("\n") ? content : `${content}\n`;
}

function word(text: string): string {
  if (!/^\S+$/.test(text)) {
    throw new Error(`bundle: not one word, got ${JSON.stringify(text)}`);
  }
  return text;
}
