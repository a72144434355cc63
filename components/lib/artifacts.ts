/** CPU architectures that the artifact lock knows. */
export type Architecture = "amd64" | "arm64";

/** One file for one architecture, as a host downloads it. */
export interface Download {
  /** Name in the lock, e.g. `kubelet` or `cni-plugins`. */
  readonly name: string;
  /** Version without a leading v. */
  readonly version: string;
  readonly architecture: Architecture;
  /** Where the host downloads it: the mirror when the stack has one, else the official URL. */
  readonly url: string;
  /** 64 lowercase hex digits; checked before the file is used. */
  readonly sha256: string;
  /** Program to its path inside the archive; empty when the download is the program itself. */
  readonly members: Readonly<Record<string, string>>;
}

/** One container image, as a pod names it. */
export interface ImageRef {
  /** Name in the lock, e.g. `coredns`. */
  readonly name: string;
  readonly version: string;
  /** What goes into `image:`: repository, tag and, when the lock has it, digest. */
  readonly reference: string;
}
