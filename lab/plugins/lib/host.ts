import { credentials } from "@grpc/grpc-js";
import type { LogSeverity } from "./plugin.ts";
import { engineGrpc, enginePb, type EngineGrpc } from "./proto.ts";

const severities = {
  debug: enginePb.LogSeverity.DEBUG,
  info: enginePb.LogSeverity.INFO,
  warning: enginePb.LogSeverity.WARNING,
  error: enginePb.LogSeverity.ERROR,
} as const;

/** The engine that started the plugin, as far as a plugin calls it: its log. Connects at the first message. */
export class EngineHost {
  private address: string | undefined;
  private client: EngineGrpc.EngineClient | undefined;
  private sent: Promise<void> = Promise.resolve();

  /** @param address - host:port; without one, messages go to stderr, which the engine shows too */
  constructor(address: string | undefined) {
    this.address = address;
  }

  /** Turns to another engine, as an attached plugin is told to. */
  attach(address: string): void {
    this.close();
    this.address = address;
  }

  log(severity: LogSeverity, message: string, urn: string, ephemeral: boolean): void {
    if (this.address === undefined) {
      process.stderr.write(`${severity}: ${message}\n`);
      return;
    }
    this.client ??= new engineGrpc.EngineClient(this.address, credentials.createInsecure());
    const { client } = this;
    const request = new enginePb.LogRequest();
    request.setSeverity(severities[severity]);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    this.sent = this.sent.then(
      () =>
        new Promise((resolve) => {
          client.log(request, () => {
            resolve(); // an engine that has gone cannot be told anything
          });
        }),
    );
  }

  /** Resolves once the engine has every message so far, so that none comes after the operation it belongs to. */
  flush(): Promise<void> {
    return this.sent;
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }
}
