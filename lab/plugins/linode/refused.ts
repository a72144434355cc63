/** The error for what the official plugin does and this one does not. */
export function refused(what: string): Error {
  return new Error(
    `the lab's stand-in for the linode plugin does not do ${what}; use the official plugin for it`,
  );
}
