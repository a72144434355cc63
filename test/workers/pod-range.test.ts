import { existsSync, mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptHost } from "../support/scripts.ts";

/** The script with the API, the links and flannel's file played. Does not prove that pods start then: the e2e does. */
describe("match-pod-range.sh", () => {
  let host: ScriptHost;
  beforeEach(() => {
    host = new ScriptHost();
    const edit = (from: string, to: string) => {
      host.edit("match-pod-range.sh", from, to);
    };
    edit("/run/flannel/", `${host.path("flannel")}/`);
    edit("/sys/class/net", host.path("net"));
    edit("wait_until 60", "wait_until 0");
    for (const link of ["cni0", "flannel.1"])
      mkdirSync(host.path(`net/${link}`), { recursive: true });
    host.write(
      "flannel/subnet.env",
      "FLANNEL_NETWORK=10.200.0.0/16\nFLANNEL_SUBNET=10.200.2.1/24\n",
    );
    for (const program of ["ip", "pkill"]) {
      host.play(program, `echo "${program} $*" >> "$calls"; exit ${program === "ip" ? 0 : 1}`);
    }
  });
  afterEach(() => {
    host[Symbol.dispose]();
  });

  /** Runs it where the API says this of the Node; empty: nothing. */
  function run(podCidr: string) {
    const spec = podCidr === "" ? "" : `"podCIDR": "${podCidr}",\\n "podCIDRs": [ "${podCidr}" ]`;
    host.play(
      "curl",
      `case "$*" in *"--cert /store/kubelet-client-current.pem"*https://api/api/v1/nodes/worker-1) printf '{ "spec": {\\n ${spec} } }' ;; *) exit 22 ;; esac`,
    );
    return host.run("match-pod-range.sh", ["https://api", "worker-1", "/store"]);
  }

  it("touches nothing where the Node has the range that it had", () => {
    expect(run("10.200.2.0/24").status).toBe(0);
    expect(host.calls).toBe("");
    expect(existsSync(host.path("flannel/subnet.env"))).toBe(true);
  });

  it("takes the bridge and the routes of another range away, and has flannel begin again", () => {
    const { status, stdout } = run("10.200.1.0/24");
    expect(status).toBe(0);
    expect(stdout).toBe(
      "worker-1: pods have 10.200.1.0/24 from now on, and no more 10.200.2.0/24\n",
    );
    expect(host.calls).toBe("ip link delete cni0\nip link delete flannel.1\npkill -x flanneld\n");
    expect(existsSync(host.path("flannel/subnet.env"))).toBe(false);
    host.forgetCalls();
    expect(run("10.200.1.0/24").status).toBe(0);
    expect(host.calls).toBe("");
  });

  it("says so where the Node gets no range", () => {
    const { status, stderr } = run("");
    expect(status).toBe(1);
    expect(stderr).toContain("the pod CIDR of node worker-1, in vain");
    expect(host.calls).toBe("");
  });
});
