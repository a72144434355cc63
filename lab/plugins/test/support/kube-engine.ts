import type { Metadata, ServiceError } from "@grpc/grpc-js";
import { kubernetesPlugin } from "../../kubernetes/plugin.ts";
import { providerPb, statusPb, type Provider } from "../../lib/proto.ts";
import { testEngine } from "../../lib/testing.ts";
import { decode, encode, type Decoded, type OutgoingMap } from "../../lib/values.ts";
import { startKubeApi } from "./kube-api.ts";

/** What the engine records of a resource that exists and is not as it should be. */
export interface PartialFailure {
  readonly message: string;
  readonly reasons: readonly string[];
  readonly state: Decoded;
}

/** The plugin over real gRPC, configured against a fake API server over real HTTPS. */
export async function kubeEngine(args: OutgoingMap = {}) {
  const api = await startKubeApi();
  const engine = await testEngine(kubernetesPlugin());
  await engine.configure({ kubeconfig: api.kubeconfig(), ...args });
  return {
    ...engine,
    api,
    /** Creates with a timeout and gives the failure, if it is one of readiness. */
    createFailing: (urn: string, inputs: OutgoingMap, timeoutSeconds: number) =>
      new Promise<PartialFailure>((resolve, reject) => {
        const request = new providerPb.CreateRequest();
        request.setUrn(urn);
        request.setProperties(encode(inputs));
        request.setTimeout(timeoutSeconds);
        engine.client.create(request, (error: ServiceError | null) => {
          if (error) resolve(partialFailure(error));
          else reject(new Error("the creation did not fail"));
        });
      }),
    read: (urn: string, id: string, olds: { state: OutgoingMap; inputs: OutgoingMap }) =>
      new Promise<{ id: string; state: Decoded; inputs: Decoded }>((resolve, reject) => {
        const request = new providerPb.ReadRequest();
        request.setUrn(urn);
        request.setId(id);
        request.setProperties(encode(olds.state));
        request.setInputs(encode(olds.inputs));
        engine.client.read(
          request,
          (error: ServiceError | null, response: Provider.ReadResponse) => {
            if (error) reject(error);
            else {
              const [state, inputs] = [response.getProperties(), response.getInputs()].map(decode);
              if (state && inputs) resolve({ id: response.getId(), state, inputs });
            }
          },
        );
      }),
    diffConfig: (olds: OutgoingMap, news: OutgoingMap) =>
      new Promise<{ changed: boolean; replaces: readonly string[] }>((resolve, reject) => {
        const request = new providerPb.DiffRequest();
        request.setUrn("urn:pulumi:dev::test::pulumi:providers:kubernetes::p");
        request.setOlds(encode(olds));
        request.setOldInputs(encode(olds));
        request.setNews(encode(news));
        engine.client.diffConfig(
          request,
          (error: ServiceError | null, response: Provider.DiffResponse) => {
            if (error) reject(error);
            else {
              const some = providerPb.DiffResponse.DiffChanges.DIFF_SOME;
              resolve({
                changed: response.getChanges() === some,
                replaces: response.getReplacesList(),
              });
            }
          },
        );
      }),
    /** Ephemeral messages so far: the status line. */
    status: () => engine.logged.filter(({ ephemeral }) => ephemeral).map(({ message }) => message),
    stop: async () => {
      engine.close();
      await api.close();
    },
  };
}

function partialFailure(error: ServiceError): PartialFailure {
  const [bytes] = metadataOf(error).get("grpc-status-details-bin");
  if (!(bytes instanceof Buffer)) throw error;
  const [detail] = statusPb.Status.deserializeBinary(bytes).getDetailsList();
  const failed = detail?.unpack(
    (data) => providerPb.ErrorResourceInitFailed.deserializeBinary(data),
    "pulumirpc.ErrorResourceInitFailed",
  );
  if (!failed) throw error;
  return {
    message: error.details,
    reasons: failed.getReasonsList(),
    state: decode(failed.getProperties()),
  };
}

function metadataOf(error: ServiceError): Metadata {
  return error.metadata;
}
