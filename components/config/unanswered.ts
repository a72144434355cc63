import { connect } from "node:net";
import type { EtcdSpec } from "../spec.ts";

/** Whether something accepts connections at a URL's host and port. */
export type Answers = (url: string) => Promise<boolean>;

/** How long a machine may take that is up. */
const timeoutMs = 2000;

/** By a TCP connection, which is closed at once. */
export const answersTcp: Answers = (url) =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), timeout: timeoutMs });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.on("connect", () => {
      end(true);
    });
    socket.on("timeout", () => {
      end(false);
    });
    socket.on("error", () => {
      end(false);
    });
  });

/**
 * What to tell the operator of control-plane machines that do not answer, one line each: what a run has to change on them
 * fails after minutes of waiting, and names a step only. Where their data is said to be lost, it is the ones that answer that are
 * named. Nothing of a plan depends on it.
 * @param built - URL of each API server that the last run left, by its machine's name
 * @param wanted - names of the control-plane machines that stay; one that goes may be dead
 */
export async function unanswered(
  built: Readonly<Record<string, string>>,
  wanted: ReadonlySet<string>,
  { isLost, generation }: Pick<EtcdSpec, "isLost" | "generation">,
  answers: Answers = answersTcp,
): Promise<string[]> {
  const asked = await Promise.all(
    Object.entries(built).map(async ([name, url]) => ({ name, url, isUp: await answers(url) })),
  );
  if (isLost) {
    return asked
      .filter(({ isUp }) => isUp)
      .map(
        ({ name, url }) =>
          `etcd.generation: says that etcd's data is lost, but ${name} answers at ${url}, got ${generation}; where it has its data, this run will change nothing of it and fail`,
      );
  }
  if (asked.length > 0 && asked.every(({ isUp }) => !isUp)) {
    const urls = asked.map(({ url }) => url).join(", ");
    return [
      `controlPlane: no API server answers, got nothing from ${urls}; start it, or look whether this machine is among operatorCidrs; ` +
        `if all of the control plane's machines are gone for good: docs/backups.md, "When every control-plane machine is gone"`,
    ];
  }
  return asked
    .filter(({ name, isUp }) => !isUp && wanted.has(name))
    .map(
      ({ name, url }) =>
        `controlPlane: ${name} does not answer, got nothing from ${url}; start it, or write another name in its place (docs/control-plane.md)`,
    );
}
