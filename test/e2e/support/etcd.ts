import { ssh } from "./lab.ts";

const pki = "/etc/etcd/pki";
const keys = `--cacert=${pki}/ca.crt --cert=${pki}/server.crt --key=${pki}/server.key`;

/**
 * Asks the member of etcd on a machine.
 * @param command - of etcdctl, e.g. `member list`; a shell there reads it
 */
export function etcdctl(master: string, command: string): Promise<string> {
  return ssh(master, `etcdctl --endpoints=https://127.0.0.1:2379 ${keys} ${command}`);
}
