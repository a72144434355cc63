import { connect } from "node:net";
import type { AnyAuthMethod, ConnectConfig, ParsedKey, ServerHostKeyAlgorithm } from "ssh2";
import { readableBySsh2 } from "../lib/openssh.ts";
import type { Login } from "./schema.ts";
import { ssh2 } from "./ssh2.ts";

/** How to log in to one server, in ssh2's terms. */
export interface SshConfig {
  readonly options: ConnectConfig;
  /** Answers whatever a keyboard-interactive login asks. */
  readonly password: string | undefined;
  /** Go's words for why a handshake failed. */
  reasonOf(error: Error & { readonly level?: string }): string;
}

/**
 * Reads the keys and lines up the ways to log in, in the official provider's order.
 * @throws Error when a key cannot be read or the agent is not there; it never holds a key
 */
export async function sshConfig(login: Login): Promise<SshConfig> {
  const hostKey = login.hostKey === undefined ? undefined : parseHostKey(login.hostKey);
  const methods = await authMethods(login);
  return {
    password: login.password,
    options: {
      username: login.user,
      authHandler: methods,
      tryKeyboard: login.password !== undefined,
      // Go's order: AES-GCM is done by the CPU here and there.
      algorithms: {
        cipher: {
          prepend: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"],
          append: [],
          remove: [],
        },
        ...(hostKey && { serverHostKey: [hostKey.type] }),
      },
      ...(hostKey && { hostVerifier: (key: Buffer) => key.equals(hostKey.blob) }),
    },
    reasonOf: (error) => {
      if (error.level === "client-authentication") {
        const tried = methods.map((method) => method.type).join(" ");
        return `ssh: unable to authenticate, attempted methods [${tried}], no supported methods remain`;
      }
      if (error.message.includes("Host denied")) return "ssh: host key mismatch";
      if (error.message.includes("no matching host key")) {
        return `ssh: no common algorithm for host key; client offered: [${hostKey?.type ?? ""}]`;
      }
      return error.message;
    },
  };
}

async function authMethods(login: Login): Promise<AnyAuthMethod[]> {
  const username = login.user;
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (login.privateKey !== undefined) {
    methods.push({ type: "publickey", username, key: parsePrivateKey(login) });
  }
  if (login.password !== undefined) {
    methods.push({ type: "password", username, password: login.password });
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        finish(prompts.map(() => login.password ?? ""));
      },
    });
  }
  const agent = login.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
  if (agent !== undefined && agent !== "") {
    await dialAgent(agent);
    methods.push({ type: "agent", username, agent });
  }
  return methods;
}

function parsePrivateKey(login: Login): ParsedKey {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2().utils.parseKey(
    readable(login.privateKey ?? ""),
    login.privateKeyPassword,
  );
  const [key] = [parsed].flat();
  if (key !== undefined && !(key instanceof Error)) return key;
  const isLocked = key?.message.includes("no passphrase") === true;
  throw new Error(isLocked ? "ssh: this private key is passphrase protected" : "ssh: no key found");
}

function readable(privateKey: string): string {
  try {
    return readableBySsh2(privateKey.trim());
  } catch {
    return ""; // the parser then says that there is no key
  }
}

function parseHostKey(line: string): { type: ServerHostKeyAlgorithm; blob: Buffer } {
  const blob = Buffer.from(/(?:^|\s)(AAAA[0-9A-Za-z+/]+={0,2})/.exec(line)?.[1] ?? "", "base64");
  const length = blob.length > 4 ? blob.readUInt32BE(0) : 0;
  const type = blob.subarray(4, 4 + length).toString();
  if (length === 0 || !line.includes(type)) {
    throw new Error("failed to parse host key: ssh: no key found");
  }
  return { type: type as ServerHostKeyAlgorithm, blob };
}

/** An agent that is named but not there is an error at once, not another way to log in. */
function dialAgent(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.end();
      resolve();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      reject(new Error(`dial unix ${path}: connect: ${error.code ?? error.message}`));
    });
  });
}
