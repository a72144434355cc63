import {
  credentials,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import type { Plugin } from "./plugin.ts";
import { engineGrpc, providerGrpc, providerPb, type Engine, type Provider } from "./proto.ts";
import { startPlugin } from "./server.ts";
import { decode, encode, type Decoded, type OutgoingMap } from "./values.ts";

/** What a plugin wrote to the engine's log. */
export interface LoggedMessage {
  /** As in `engine.proto`: 0 debug, 1 info, 2 warning, 3 error. */
  readonly severity: number;
  readonly message: string;
  readonly urn: string;
  readonly ephemeral: boolean;
}

/** URN of a resource in the test's stack. */
export function testUrn(type: string, name: string): string {
  return `urn:pulumi:dev::test::${type}::${name}`;
}

/**
 * Stands in for the engine in tests: serves a plugin in this process, and calls it over real gRPC.
 * `secret(…)` and `Unknown` may stand in what is sent; what comes back is decoded, with the places of its secrets.
 */
export async function testEngine(plugin: Plugin) {
  const logged: LoggedMessage[] = [];
  const log = await serveLog(logged);
  const served = await startPlugin(plugin, `127.0.0.1:${log.port}`);
  const client = new providerGrpc.ResourceProviderClient(
    `127.0.0.1:${served.port}`,
    credentials.createInsecure(),
  );

  const callback =
    <T>(resolve: (value: T) => void, reject: (error: Error) => void) =>
    (error: Error | null, response: T): void => {
      if (error) reject(error);
      else resolve(response);
    };

  return {
    /** Everything logged so far, oldest first. */
    logged,
    client,
    configure: (args: OutgoingMap) =>
      new Promise<Provider.ConfigureResponse>((resolve, reject) => {
        const request = new providerPb.ConfigureRequest();
        request.setArgs(encode(args));
        client.configure(request, callback(resolve, reject));
      }),
    check: (urn: string, news: OutgoingMap, olds: OutgoingMap = {}) =>
      new Promise<Decoded & { failures: Provider.CheckFailure.AsObject[] }>((resolve, reject) => {
        const request = new providerPb.CheckRequest();
        request.setUrn(urn);
        request.setOlds(encode(olds));
        request.setNews(encode(news));
        client.check(
          request,
          callback((response: Provider.CheckResponse) => {
            const failures = response.getFailuresList().map((failure) => failure.toObject());
            resolve({ ...decode(response.getInputs()), failures });
          }, reject),
        );
      }),
    /** Answers the kinds of `PropertyDiff.Kind` by path, and which top-level properties replace. */
    diff: (
      urn: string,
      id: string,
      olds: { readonly inputs: OutgoingMap; readonly state: OutgoingMap },
      news: OutgoingMap,
    ) =>
      new Promise<{ changed: boolean; kinds: Record<string, number>; replaces: string[] }>(
        (resolve, reject) => {
          const request = new providerPb.DiffRequest();
          request.setUrn(urn);
          request.setId(id);
          request.setOlds(encode(olds.state));
          request.setOldInputs(encode(olds.inputs));
          request.setNews(encode(news));
          client.diff(
            request,
            callback((response: Provider.DiffResponse) => {
              const kinds = response.getDetaileddiffMap().toObject(false, (_, diff) => diff);
              resolve({
                changed: response.getChanges() === providerPb.DiffResponse.DiffChanges.DIFF_SOME,
                kinds: Object.fromEntries(kinds.map(([path, diff]) => [path, diff.getKind()])),
                replaces: response.getReplacesList(),
              });
            }, reject),
          );
        },
      ),
    create: (urn: string, inputs: OutgoingMap, preview = false) =>
      new Promise<Decoded & { id: string }>((resolve, reject) => {
        const request = new providerPb.CreateRequest();
        request.setUrn(urn);
        request.setProperties(encode(inputs));
        request.setPreview(preview);
        client.create(
          request,
          callback((response: Provider.CreateResponse) => {
            resolve({ ...decode(response.getProperties()), id: response.getId() });
          }, reject),
        );
      }),
    update: (
      urn: string,
      id: string,
      olds: { readonly inputs: OutgoingMap; readonly state: OutgoingMap },
      news: OutgoingMap,
      preview = false,
    ) =>
      new Promise<Decoded>((resolve, reject) => {
        const request = new providerPb.UpdateRequest();
        request.setUrn(urn);
        request.setId(id);
        request.setOlds(encode(olds.state));
        request.setOldInputs(encode(olds.inputs));
        request.setNews(encode(news));
        request.setPreview(preview);
        client.update(
          request,
          callback((response: Provider.UpdateResponse) => {
            resolve(decode(response.getProperties()));
          }, reject),
        );
      }),
    delete: (urn: string, id: string, olds: { inputs: OutgoingMap; state: OutgoingMap }) =>
      new Promise<void>((resolve, reject) => {
        const request = new providerPb.DeleteRequest();
        request.setUrn(urn);
        request.setId(id);
        request.setProperties(encode(olds.state));
        request.setOldInputs(encode(olds.inputs));
        client.delete(
          request,
          callback(() => {
            resolve();
          }, reject),
        );
      }),
    cancel: () =>
      new Promise<void>((resolve, reject) => {
        client.cancel(
          new empty.Empty(),
          callback(() => {
            resolve();
          }, reject),
        );
      }),
    close: () => {
      client.close();
      served.close();
      log.close();
    },
  };
}

async function serveLog(logged: LoggedMessage[]): Promise<{ port: number; close: () => void }> {
  const server = new Server();
  server.addService(engineGrpc.EngineService, {
    log: (call: ServerUnaryCall<Engine.LogRequest, Empty>, callback: sendUnaryData<Empty>) => {
      // A slow engine: an operation that does not wait for its messages ends before them.
      setTimeout(() => {
        logged.push({
          severity: call.request.getSeverity(),
          message: call.request.getMessage(),
          urn: call.request.getUrn(),
          ephemeral: call.request.getEphemeral(),
        });
        callback(null, new empty.Empty());
      }, 5);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    port,
    close: () => {
      server.forceShutdown();
    },
  };
}
