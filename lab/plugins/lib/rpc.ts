import { status, type handleUnaryCall, type UntypedHandleCall } from "@grpc/grpc-js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { EngineHost } from "./host.ts";
import { checkResponse, diffResponse, grpcError } from "./messages.ts";
import type { Path } from "./paths.ts";
import type { Plugin, RequestContext, ResourceHandler } from "./plugin.ts";
import { pluginPb, providerPb, type PluginInfo, type Provider } from "./proto.ts";
import { defaultCheckConfig, defaultDiffConfig } from "./provider-config.ts";
import { decodeConfig } from "./check-properties.ts";
import { markSecrets } from "./secrets.ts";
import { decode, encode, type Decoded } from "./values.ts";

/** The methods of `pulumirpc.ResourceProvider`, by the names of the generated service. */
export function providerMethods(
  plugin: Plugin,
  host: EngineHost,
  cancellation: AbortController,
): Record<string, UntypedHandleCall> {
  /** Type and name are sent since engine 3.142; they are in the URN as well. */
  const context = (urn: string): RequestContext => {
    const [, , type = "", ...name] = urn.split("::");
    return {
      urn,
      type: type.split("$").at(-1) ?? "",
      name: name.join("::"),
      signal: cancellation.signal,
      log: (severity, message, options) => {
        host.log(severity, message, urn, options?.ephemeral === true);
      },
    };
  };

  const handlerFor = (urn: string): ResourceHandler => {
    const { type } = context(urn);
    const handler = plugin.resources[type];
    if (handler) return handler;
    throw new Error(
      `${type}: not in the lab's local ${plugin.name} plugin; ` +
        `install the official resource-${plugin.name}-v${plugin.version}`,
    );
  };

  /** A method tells with `keep` where its request holds secrets: they stay secret in a partial state, too. */
  const unary =
    <Request, Response>(
      method: (request: Request, keep: (secrets: readonly Path[]) => void) => Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      let secrets: readonly Path[] = [];
      method(call.request, (paths) => {
        secrets = paths;
      })
        .then(
          (response) => () => {
            callback(null, response);
          },
          (error: unknown) => () => {
            callback(grpcError(error, secrets));
          },
        )
        .then(async (answer) => {
          await host.flush();
          answer();
        })
        .catch((error: unknown) => {
          callback({ code: status.INTERNAL, details: String(error) });
        });
    };

  return {
    getPluginInfo: unary((): Promise<PluginInfo.PluginInfo> => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(plugin.version);
      return Promise.resolve(info);
    }),

    attach: unary((request: PluginInfo.PluginAttach): Promise<Empty> => {
      host.attach(request.getAddress());
      return Promise.resolve(new empty.Empty());
    }),

    checkConfig: unary(async (request: Provider.CheckRequest) => {
      const news = decode(request.getNews());
      const result = await (plugin.checkConfig ?? defaultCheckConfig(plugin))(
        checkRequest(request, news, context(request.getUrn())),
      );
      return checkResponse(result, news.secrets);
    }),

    diffConfig: unary(async (request: Provider.DiffRequest) => {
      const { asked, secrets } = diffRequest(request, context(request.getUrn()));
      const result = await (plugin.diffConfig ?? defaultDiffConfig(plugin))(asked);
      return diffResponse(result, secrets);
    }),

    configure: unary(async (request: Provider.ConfigureRequest) => {
      const { properties } = decode(request.getArgs());
      await plugin.configure?.(
        decodeConfig(plugin.config ?? {}, properties),
        context(request.getUrn() ?? ""),
      );
      const response = new providerPb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setAcceptoutputs(true);
      return response;
    }),

    check: unary(async (request: Provider.CheckRequest) => {
      const news = decode(request.getNews());
      const result = await handlerFor(request.getUrn()).check(
        checkRequest(request, news, context(request.getUrn())),
      );
      return checkResponse(result, news.secrets);
    }),

    diff: unary(async (request: Provider.DiffRequest) => {
      const { asked, secrets } = diffRequest(request, context(request.getUrn()));
      return diffResponse(await handlerFor(request.getUrn()).diff(asked), secrets);
    }),

    create: unary(async (request: Provider.CreateRequest, keep) => {
      const inputs = decode(request.getProperties());
      keep(inputs.secrets);
      const { id, state } = await handlerFor(request.getUrn()).create({
        ...context(request.getUrn()),
        inputs: inputs.properties,
        secrets: inputs.secrets,
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
      });
      const response = new providerPb.CreateResponse();
      response.setId(id);
      response.setProperties(encode(markSecrets(state, inputs.secrets)));
      return response;
    }),

    read: unary(async (request: Provider.ReadRequest, keep) => {
      const inputs = decode(request.getInputs());
      const state = decode(request.getProperties());
      const secrets = [...inputs.secrets, ...state.secrets];
      keep(secrets);
      const handler = handlerFor(request.getUrn());
      const asked = { id: request.getId(), state: state.properties, inputs: inputs.properties };
      const result = handler.read
        ? await handler.read({ ...context(request.getUrn()), ...asked })
        : asked;
      const response = new providerPb.ReadResponse();
      if (result === null) return response; // an empty id says that it is gone
      response.setId(result.id);
      response.setProperties(encode(markSecrets(result.state, secrets)));
      response.setInputs(encode(markSecrets(result.inputs, secrets)));
      return response;
    }),

    update: unary(async (request: Provider.UpdateRequest, keep) => {
      const handler = handlerFor(request.getUrn());
      if (!handler.update) {
        throw new Error(`Update is not implemented for resource ${request.getUrn()}`);
      }
      const inputs = decode(request.getNews());
      keep(inputs.secrets);
      const { state } = await handler.update({
        ...context(request.getUrn()),
        id: request.getId(),
        state: decode(request.getOlds()).properties,
        oldInputs: decode(request.getOldInputs()).properties,
        inputs: inputs.properties,
        secrets: inputs.secrets,
        ignoreChanges: request.getIgnorechangesList(),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
      });
      const response = new providerPb.UpdateResponse();
      response.setProperties(encode(markSecrets(state, inputs.secrets)));
      return response;
    }),

    delete: unary(async (request: Provider.DeleteRequest): Promise<Empty> => {
      await handlerFor(request.getUrn()).delete?.({
        ...context(request.getUrn()),
        id: request.getId(),
        state: decode(request.getProperties()).properties,
        inputs: decode(request.getOldInputs()).properties,
        timeoutSeconds: request.getTimeout(),
      });
      return new empty.Empty();
    }),

    invoke: unary(async (request: Provider.InvokeRequest) => {
      const handler = plugin.functions?.[request.getTok()];
      if (!handler) {
        throw new Error(
          `${request.getTok()}: not in the lab's local ${plugin.name} plugin; ` +
            `install the official resource-${plugin.name}-v${plugin.version}`,
        );
      }
      const args = decode(request.getArgs());
      const response = new providerPb.InvokeResponse();
      const result = await handler(args.properties, context(""));
      response.setReturn(encode(markSecrets(result, args.secrets)));
      return response;
    }),

    cancel: unary((): Promise<Empty> => {
      cancellation.abort(new Error("the operation was cancelled"));
      return Promise.resolve(new empty.Empty());
    }),
  };
}

function checkRequest(request: Provider.CheckRequest, news: Decoded, context: RequestContext) {
  return {
    ...context,
    olds: decode(request.getOlds()).properties,
    news: news.properties,
    secrets: news.secrets,
    randomSeed: request.getRandomseed_asU8(),
  };
}

function diffRequest(request: Provider.DiffRequest, context: RequestContext) {
  const [state, oldInputs, news] = [
    request.getOlds(),
    request.getOldInputs(),
    request.getNews(),
  ].map(decode) as [Decoded, Decoded, Decoded];
  const asked = {
    ...context,
    id: request.getId(),
    state: state.properties,
    oldInputs: oldInputs.properties,
    news: news.properties,
    ignoreChanges: request.getIgnorechangesList(),
  };
  return { asked, secrets: [...state.secrets, ...oldInputs.secrets, ...news.secrets] };
}
