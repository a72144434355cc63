import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureHosts } from "../../../lab/cli/hosts.ts";
import { openLab } from "../../../lab/cli/session.ts";
import { lab, ssh } from "../support/lab.ts";

const used = ["master-1", "worker-1", "worker-2", "worker-3"] as const;
const fresh = "fresh-1";

// What is the owner's on a used host: a file where ours were, a service, and a rule of the packet filter.
const mine = `
  mkdir -p /etc/mine && echo mine >/etc/mine/file
  printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >/etc/systemd/system/mine.service
  systemctl daemon-reload; systemctl start mine
  iptables -A INPUT -p tcp --dport 4711 -j ACCEPT`;

/** Names of files, users, links, mounts and running units, rules and chains of the packet filter; what differs from host to host by nature is left out. */
const snapshot = `
  find /etc /usr /opt /srv /root /var/lib -xdev \\
    -not -path '/var/lib/cloud/*' -not -path '/var/lib/hardway-removed*' -not -path '/var/lib/systemd/*' \\
    -not -path '*/mine*' -not -name '*.pyc' -not -name __pycache__ | sort
  cut -d: -f1 /etc/passwd /etc/group
  ls /sys/class/net
  awk '{ print "mount " $5 }' /proc/self/mountinfo | sort
  systemctl list-units --type=service --state=running,failed --no-legend --plain | cut -d' ' -f1 |
    grep -v -e '^user' -e '^mine' -e systemd-hostnamed -e systemd-timedated
  for save in iptables-save ip6tables-save; do $save | grep -E '^(-A|:[^ ]+ - )' | grep -v 4711; done
  sysctl net.ipv4.ip_forward`;

/** Before the cluster goes: something of the owner's own is put on a host. */
export function ownThingsSuite(): void {
  describe("a host in use", () => {
    it("takes things of its owner's", async () => {
      await ssh("worker-1", mine);
    });
  });
}

/** After the cluster is gone: hosts are as they were. */
export function cleanHostsSuite(): void {
  describe("a host after pulumi destroy", () => {
    let wanted: readonly string[] = [];
    const lines = async (host: string) => {
      const text = await ssh(host, snapshot);
      return [...new Set(text.replaceAll(host, "HOST").trim().split("\n"))].sort();
    };
    beforeAll(async () => {
      const session = await openLab(lab);
      await ensureHosts(session, [fresh], "10.10.0.0/20", () => undefined);
      wanted = await lines(fresh);
    });
    afterAll(() => ssh("worker-1", "systemctl stop mine"));

    it.each(used)("%s has nothing that a host which never was a node has not", async (host) => {
      const there = await lines(host);
      expect(there.filter((line) => !wanted.includes(line))).toEqual([]);
      expect(wanted.filter((line) => !there.includes(line))).toEqual([]);
    });

    it("keeps what was its owner's", async () => {
      expect(await ssh("worker-1", "cat /etc/mine/file; systemctl is-active mine")).toBe(
        "mine\nactive\n",
      );
      expect(await ssh("worker-1", "iptables-save")).toContain("--dport 4711 -j ACCEPT");
    });

    it("keeps etcd's data, moved aside", async () => {
      expect(await ssh("master-1", "ls /var/lib/hardway-removed/*/etcd")).toContain("member");
    });
  });
}
