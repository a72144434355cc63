/** CPU architectures that the artifact lock knows. */
export type Architecture = "amd64" | "arm64";

/** One file for one architecture, as a host downloads it. */
export interface HostFile {
  /** Name in the lock, e.g. `kubelet` or `cni-plugins`. */
  readonly name: string;
  /** Version without a leading v. */
  readonly version: string;
  readonly architecture: Architecture;
  /** Where the host downloads it: the mirror when the stack has one, else the official URL. */
  readonly url: string;
  /** 64 lowercase hex digits; checked before the file is used. */
  readonly sha256: string;
  /** Paths inside the archive that are needed, as binaries; empty when the file itself is the binary. */
  readonly members: readonly string[];
}

/** One container image, as a pod names it. */
export interface ImageRef {
  /** Name in the lock, e.g. `coredns`. */
  readonly name: string;
  readonly version: string;
  /** What goes into `image:`: repository, tag and, when the lock has it, digest. */
  readonly reference: string;
}
