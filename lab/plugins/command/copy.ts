import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { posix } from "node:path";
import { promisify } from "node:util";
import type { SFTPWrapper } from "ssh2";
import { checkProperties } from "../lib/check-properties.ts";
import { diffProperties } from "../lib/diff.ts";
import type { CheckFailure, RequestContext, ResourceHandler } from "../lib/plugin.ts";
import { isMap, type PropertyMap } from "../lib/values.ts";
import { inferWords } from "../lib/words.ts";
import { dial } from "./connection.ts";
import { copyInputs, type Connection } from "./schema.ts";

const words = inferWords("remote.CopyToRemoteInputs");

/**
 * `command:remote:CopyToRemote`: puts one file on a host by SFTP. Not here: directories and archives.
 * @see https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/copyController.go
 */
export const copyToRemote: ResourceHandler = {
  check: ({ news }) => {
    const { inputs, failures } = checkProperties(copyInputs, news, words);
    return { inputs, failures: [...failures, ...unsupported(news)] };
  },

  diff: ({ oldInputs, news }) => ({ changes: diffProperties(copyInputs, oldInputs, news) }),

  create: async (request) => {
    if (!request.preview) await copy(request.inputs, request);
    return { id: randomBytes(4).toString("hex"), state: request.inputs };
  },

  // Another host is no reason to copy: only another content or another place there.
  update: async (request) => {
    const { inputs, state, preview } = request;
    const isOther =
      assetOf(inputs)["hash"] !== assetOf(state)["hash"] ||
      inputs["remotePath"] !== state["remotePath"];
    if (isOther && !preview) await copy(inputs, request);
    return { state: inputs };
  },

  delete: () => Promise.resolve(),
};

function assetOf({ source }: PropertyMap): PropertyMap {
  return isMap(source) ? source : {};
}

function unsupported(news: PropertyMap): CheckFailure[] {
  const { path, text } = assetOf(news);
  if (news["source"] === undefined || typeof path === "string" || typeof text === "string") {
    return [];
  }
  const reason = "asset must be a path-based file asset or a text asset";
  return [{ property: "asset", reason }];
}

async function copy(inputs: PropertyMap, context: RequestContext): Promise<void> {
  const { path, text } = assetOf(inputs);
  const target = inputs["remotePath"] as string;
  const isPath = typeof path === "string" && path !== "";
  if (isPath && (await stat(path)).isDirectory()) {
    throw new Error(`${path}: a directory, which the lab's local command plugin does not copy`);
  }
  // The engine gives back what `check` passed, so the table has been applied.
  const connection = await dial(inputs["connection"] as unknown as Connection, context);
  const abort = (): void => {
    connection.client.destroy();
  };
  context.signal.addEventListener("abort", abort);
  try {
    const sftp = await promisify(connection.client.sftp.bind(connection.client) as Opens)();
    await makeParents(sftp, target);
    if (isPath) await promisify(sftp.fastPut.bind(sftp) as Puts)(path, target);
    else await promisify(sftp.writeFile.bind(sftp) as Puts)(target, text as string);
  } finally {
    context.signal.removeEventListener("abort", abort);
    connection.close();
  }
}

/** The one of ssh2's overloads that is meant. */
type Opens = (done: (error: Error | null, sftp: SFTPWrapper) => void) => void;
type Puts = (from: string, to: string, done: (error: Error | null | undefined) => void) => void;

async function makeParents(sftp: SFTPWrapper, path: string): Promise<void> {
  const parent = posix.dirname(path);
  if (parent === "/" || parent === ".") return;
  const isThere = await new Promise<boolean>((resolve) => {
    sftp.stat(parent, (error) => {
      resolve(!error);
    });
  });
  if (isThere) return;
  await makeParents(sftp, parent);
  await new Promise<void>((resolve, reject) => {
    sftp.mkdir(parent, (error) => {
      if (error)
        reject(new Error(`failed to create parent directories for ${path}: ${error.message}`));
      else resolve();
    });
  });
}
