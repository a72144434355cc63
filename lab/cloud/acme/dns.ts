import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Zone } from "../model.ts";
import { answerFromZones } from "./zones.ts";

/** Where something listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A running DNS server. */
export interface DnsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** How long the server behind may take, in milliseconds; its client asks again after 5 s. */
const patienceMs = 2000;

const codes = { formatError: 1, serverFailure: 2, noSuchName: 3 } as const;

/**
 * The DNS of a lab: answers for the zones of its clouds, asks another server for names in `zone`, and says of all others that
 * there are none, as nothing outside the lab can be reached anyway.
 * @param listen - port 0: any free one
 * @param zones - of the clouds, as they are at that moment
 * @throws Error with code EADDRINUSE when it cannot listen
 */
export async function startDns(
  listen: Endpoint,
  zone: string,
  behind: Endpoint,
  zones: () => readonly Zone[],
): Promise<DnsServer> {
  const answer = async (query: Buffer): Promise<Buffer | null> => {
    if (query.length < 12) return null;
    const name = questionName(query);
    if (name === null) return refusal(query, codes.formatError);
    const type = query.readUInt16BE(endOfQuestion(query) - 4);
    const known = answerFromZones(zones(), { name, type }, listen.host);
    if (known !== null) return withRecords(refusal(query, known.code), known.answers);
    if (name !== zone && !name.endsWith(`.${zone}`)) return refusal(query, codes.noSuchName);
    return ask(query, behind).catch(() => refusal(query, codes.serverFailure));
  };
  const tcp = createServer((socket) => {
    serveStream(socket, answer);
  });
  tcp.listen(listen.port, listen.host);
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4", (query, { address, port: from }) => {
    void answer(query).then((reply) => {
      if (reply !== null) udp.send(reply, from, address, () => undefined);
    });
  });
  udp.bind(port, listen.host);
  await once(udp, "listening");
  return {
    port,
    close: async () => {
      const closed = Promise.all([once(tcp, "close"), once(udp, "close")]);
      tcp.close();
      udp.close();
      await closed;
    },
  };
}

/** Messages on a stream have their length before them, see RFC 1035 section 4.2.2. */
function serveStream(socket: Socket, answer: (query: Buffer) => Promise<Buffer | null>): void {
  let rest = Buffer.alloc(0);
  socket.setTimeout(5 * patienceMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      const query = rest.subarray(2, end);
      rest = rest.subarray(end);
      void answer(query).then((reply) => {
        if (reply === null || socket.destroyed) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([length, reply]));
      });
    }
  });
}

/** Name of the one question, in lower case without a dot at its end; null when it cannot be read. */
export function questionName(query: Buffer): string | null {
  if (query.readUInt16BE(4) !== 1) return null;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    // above 63 it would be a pointer, which a question has no use for
    if (length === undefined || length > 63 || at + length >= query.length) return null;
    if (length === 0) return labels.join(".").toLowerCase();
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
}

/** An answer without records, as RFC 1035 section 4.1.1 has its header. */
function refusal(query: Buffer, code: number): Buffer {
  const end = questionName(query) === null ? 12 : endOfQuestion(query);
  const reply = Buffer.from(query.subarray(0, end));
  const asked = reply.readUInt16BE(2) & 0x7900; // operation, and whether recursion is desired
  reply.writeUInt16BE(0x8480 | asked | code, 2); // an answer, with authority; recursion can be had
  reply.writeUInt16BE(end > 12 ? 1 : 0, 4);
  reply.fill(0, 6, 12);
  return reply;
}

function withRecords(reply: Buffer, records: readonly Buffer[]): Buffer {
  reply.writeUInt16BE(records.length, 6);
  return Buffer.concat([reply, ...records]);
}

function endOfQuestion(query: Buffer): number {
  const end = query.indexOf(0, 12);
  return Math.min(end + 5, query.length);
}

async function ask(query: Buffer, { host, port }: Endpoint): Promise<Buffer> {
  const socket = createSocket("udp4");
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const reply = once(socket, "message", { signal });
    socket.send(query, port, host);
    const [message] = (await reply) as [Buffer];
    return message;
  } finally {
    socket.close();
  }
}
