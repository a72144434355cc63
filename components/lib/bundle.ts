/** A file as it will be on a host. */
export interface HostFile {
  /** Absolute path on the host. */
  readonly path: string;
  /** Text; a missing final newline is added. */
  readonly content: string;
  /** @default "0644" */
  readonly mode?: "0600" | "0640" | "0644";
  /** User and group. @default "root:root" */
  readonly owner?: string;
}

/** A symbolic link as it will be on a host: how a binary of a version is put into use. */
export interface HostLink {
  readonly path: string;
  readonly target: string;
}

export interface BundleParts {
  readonly links?: readonly HostLink[];
  readonly files: readonly HostFile[];
  /** Facts that are not in the files but must restart the unit when they change, e.g. a certificate's hash. */
  readonly because?: readonly string[];
}

/**
 * What one remote step sends to its host, as text a reviewer can read in a diff; unpacked by
 * `assets/scripts/lib.sh`. The same parts give the same bytes.
 * @throws Error when a line of a file looks like the head of an entry, or a path has a space
 */
export function bundle({ links = [], files, because = [] }: BundleParts): string {
  const entries = [
    ...because.map((reason) => head("because", reason)),
    ...links.map(({ path, target }) => head("link", word(path), word(target))),
    ...files.map(
      ({ path, content, mode = "0644", owner = "root:root" }) =>
        head("file", word(path), mode, word(owner)) + body(path, content),
    ),
  ];
  return entries.join("");
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
