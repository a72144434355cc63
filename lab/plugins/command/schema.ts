import type { remote, types } from "@pulumi/command";
import type { PropertySpec } from "../lib/schema-table.ts";

/** @see https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/connection.go */
const proxy = {
  host: { type: "string", required: true },
  user: { type: "string", default: "root" },
  port: { type: "number", default: 22 },
  privateKey: { type: "string", secret: true },
  privateKeyPassword: { type: "string", secret: true },
  password: { type: "string", secret: true },
  agentSocketPath: { type: "string" },
  dialErrorLimit: { type: "number", default: 10 },
  perDialTimeout: { type: "number", default: 15 },
  hostKey: { type: "string" },
} as const satisfies Record<keyof types.input.remote.ProxyConnectionArgs, PropertySpec>;

const connection = {
  ...proxy,
  proxy: { type: { object: proxy } },
} as const satisfies Record<keyof types.input.remote.ConnectionArgs, PropertySpec>;

/**
 * Arguments of `command:remote:Command`.
 * @see https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/command.go
 */
export const commandInputs = {
  connection: { type: { object: connection }, required: true, secret: true },
  create: { type: "string" },
  update: { type: "string" },
  delete: { type: "string" },
  stdin: { type: "string" },
  environment: { type: { map: "string" } },
  logging: { type: "string" },
  addPreviousOutputInEnv: { type: "boolean" },
  triggers: { type: { list: "any" }, replaces: true },
} as const satisfies Record<keyof remote.CommandArgs, PropertySpec>;

/**
 * Arguments of `command:remote:CopyToRemote`.
 * @see https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/copy.go
 */
export const copyInputs = {
  connection: { type: { object: connection }, required: true, secret: true },
  source: { type: "any", required: true },
  remotePath: { type: "string", required: true },
  triggers: { type: { list: "any" }, replaces: true },
} as const satisfies Record<keyof remote.CopyToRemoteArgs, PropertySpec>;

/** The arguments as `checkProperties` leaves them. */
export interface CommandInputs {
  readonly connection: Connection;
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly stdin?: string;
  readonly logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
  readonly addPreviousOutputInEnv?: boolean;
}

/** One SSH server and how to log in to it. */
export interface Login {
  readonly host: string;
  readonly user: string;
  readonly port: number;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly password?: string;
  readonly agentSocketPath?: string;
  /** Failed dials after which to give up; -1: never. */
  readonly dialErrorLimit: number;
  /** Seconds for one TCP dial; 0: no limit. */
  readonly perDialTimeout: number;
  /** In the form of authorized_keys. Without it any host key is taken. */
  readonly hostKey?: string;
}

export interface Connection extends Login {
  readonly proxy?: Login;
}

/** What the last create or update printed. */
export interface CommandOutputs {
  readonly stdout: string;
  readonly stderr: string;
}
