import { createRequire } from "node:module";
import type * as Engine from "@pulumi/pulumi/proto/engine_pb.js";
import type * as EngineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type * as PluginInfo from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import type * as ProviderGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as Status from "@pulumi/pulumi/proto/status_pb.js";

/**
 * The SDK's generated messages and services. They are CommonJS that fills its exports at run time, which `import`
 * cannot name.
 */
const load = createRequire(import.meta.url);
export const providerPb = load("@pulumi/pulumi/proto/provider_pb.js") as typeof Provider;
export const providerGrpc = load("@pulumi/pulumi/proto/provider_grpc_pb.js") as typeof ProviderGrpc;
export const enginePb = load("@pulumi/pulumi/proto/engine_pb.js") as typeof Engine;
export const engineGrpc = load("@pulumi/pulumi/proto/engine_grpc_pb.js") as typeof EngineGrpc;
export const pluginPb = load("@pulumi/pulumi/proto/plugin_pb.js") as typeof PluginInfo;
export const statusPb = load("@pulumi/pulumi/proto/status_pb.js") as typeof Status;
export type { Engine, EngineGrpc, PluginInfo, Provider, ProviderGrpc, Status };
