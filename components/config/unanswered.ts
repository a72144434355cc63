import { connect } from "node:net";

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
 * fails after minutes of waiting, and names a step only. Nothing of a plan depends on it.
 * @param built - URL of each API server that the last run left, by its machine's name
 * @param wanted - names of the control-plane machines that stay; one that goes may be dead
 */
export async function unanswered(
  built: Readonly<Record<string, string>>,
  wanted: ReadonlySet<string>,
  answers: Answers = answersTcp,
): Promise<string[]> {
  const several = Object.entries(built);
  // An only machine that is down ends the run by itself.
  if (several.length < 2) return [];
  const asked = await Promise.all(
    several.map(async ([name, url]) => ({ name, url, isUp: await answers(url) })),
  );
  if (asked.every(({ isUp }) => !isUp)) {
    return [
      `controlPlane: no API server answers, got ${several.map(([, url]) => url).join(", ")}; is this machine among operatorCidrs?`,
    ];
  }
  return asked
    .filter(({ name, isUp }) => !isUp && wanted.has(name))
    .map(
      ({ name, url }) =>
        `controlPlane: ${name} does not answer, got nothing from ${url}; start it, or write another name in its place (docs/control-plane.md)`,
    );
}
