import { lookup, Resolver } from "node:dns/promises";
import { plainError } from "./plain-error.ts";

/** A name of a zone, and where it is to lead. */
export interface NameQuestion {
  /** The zone. */
  readonly domain: string;
  readonly name: string;
  /** IPv4. */
  readonly addresses: readonly string[];
}

/** The DNS as the machine sees it on which this program runs. Asked while something is made, never for a plan. */
export interface NameServers {
  /**
   * Finds a zone that nobody sends its questions to.
   * @param servers - names of the cloud's own
   * @throws RunError when the zone is delegated to others, or to nobody
   */
  checkDelegation(domain: string, servers: readonly string[]): Promise<void>;
  /**
   * Waits until the name leads to all of the addresses.
   *
   * The zone's own servers are asked first: a resolver that was told "no such name" repeats it for up to a day.
   * @throws RunError after ten minutes, with what they said
   */
  awaitServed(question: NameQuestion): Promise<void>;
  /** The addresses of a name of the zone, as its own servers have them if they can be asked; empty when there are none. */
  addressesOf(domain: string, name: string): Promise<readonly string[]>;
}

/** What the waits are made of; tests take other numbers. */
export interface Timing {
  readonly totalMs: number;
  readonly pauseMs: number;
}

const usual: Timing = { totalMs: 600_000, pauseMs: 2000 };

/** How long one server may take. */
const questionMs = 2000;

/** The way to ask; tests have their own. */
export interface Asker {
  /** Names of a zone's servers; empty when there are none. */
  serversOf(domain: string): Promise<readonly string[]>;
  /** IPv4 addresses by this machine's resolver; empty when there are none. */
  lookUp(name: string): Promise<readonly string[]>;
  /** By one server; empty when it says that there are none, null when it does not answer. */
  ask(server: string, name: string): Promise<readonly string[] | null>;
}

/** The DNS, by this machine's resolver and by the zones' own servers. */
export function nameServers(asker: Asker = systemAsker(), timing = usual): NameServers {
  return {
    checkDelegation: async (domain, servers) => {
      const found = await asker.serversOf(domain);
      if (found.length === 0) {
        throw refused(domain, "no name server has this zone", "", servers);
      }
      // A server may have several names.
      const [own, theirs] = await Promise.all([allOf(asker, servers), allOf(asker, found)]);
      if (found.some((name) => servers.includes(name))) return;
      if (theirs.some((address) => own.includes(address))) return;
      throw refused(domain, "its name servers are not the cloud's", found.join(", "), servers);
    },
    awaitServed: (question) => awaitServed(question, asker, timing),
    addressesOf: async (domain, name) => {
      const answers = await askZone(asker, domain, name);
      return answers.find(({ length }) => length > 0) ?? (await asker.lookUp(name));
    },
  };
}

function refused(domain: string, wrong: string, got: string, servers: readonly string[]): Error {
  const value = got === "" ? `, got "${domain}"` : ` for ${domain}, got ${got}`;
  return plainError(
    `domain: ${wrong}${value}; have the zone's registrar name ${servers.join(", ")}`,
  );
}

async function awaitServed(
  { domain, name, addresses }: NameQuestion,
  asker: Asker,
  { totalMs, pauseMs }: Timing,
): Promise<void> {
  const has = (found: readonly string[]) => addresses.every((it) => found.includes(it));
  const deadline = Date.now() + totalMs;
  let said: string;
  do {
    const answers = await askZone(asker, domain, name);
    const behind = answers.find((answer) => !has(answer));
    if (behind === undefined) {
      // Where none of them can be asked, this machine's resolver is all there is.
      const found = await asker.lookUp(name);
      const isGood = answers.length > 0 ? found.some((it) => addresses.includes(it)) : has(found);
      if (isGood) return;
      said = `this machine's resolver says ${shown(found)}`;
    } else {
      said = `a name server of ${domain} says ${shown(behind)}`;
    }
    await pause(pauseMs);
  } while (Date.now() < deadline);
  throw plainError(
    `domain: ${name} does not lead to ${addresses.join(", ")} after ${totalMs / 1000} s: ${said}; ` +
      "run `pulumi up` again once it does",
  );
}

/** What each of the zone's servers says; those that do not answer are left out. */
async function askZone(asker: Asker, domain: string, name: string): Promise<(readonly string[])[]> {
  const servers = await allOf(asker, await asker.serversOf(domain));
  const answers = await Promise.all(servers.map((server) => asker.ask(server, name)));
  return answers.filter((answer) => answer !== null);
}

async function allOf(asker: Asker, names: readonly string[]): Promise<string[]> {
  return (await Promise.all(names.map((name) => asker.lookUp(name)))).flat();
}

function systemAsker(): Asker {
  const settings = { timeout: questionMs, tries: 2 };
  return {
    serversOf: (domain) => new Resolver(settings).resolveNs(domain).catch(() => []),
    lookUp: async (name) => {
      const found = await lookup(name, { all: true, family: 4 }).catch(() => []);
      return found.map(({ address }) => address);
    },
    ask: async (server, name) => {
      const resolver = new Resolver(settings);
      resolver.setServers([server]);
      try {
        return await resolver.resolve4(name);
      } catch (error) {
        const { code = "" } = error as { code?: string };
        return ["ENOTFOUND", "ENODATA"].includes(code) ? [] : null;
      }
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function shown(addresses: readonly string[]): string {
  return addresses.length === 0 ? "that there is no such name" : addresses.join(", ");
}
