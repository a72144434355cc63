import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  asOperator,
  inLab,
  insideEnvironment,
  labEnvironment,
  withoutForeign,
} from "../cli/environment.ts";
import { labNamed } from "../lib/paths.ts";

const lab = labNamed("dev");
const secret = "a-token-that-must-not-be-seen";
const usersOwn = {
  PATH: "/usr/bin",
  HOME: "/home/somebody",
  SSH_AUTH_SOCK: "/tmp/agent",
  PULUMI_ACCESS_TOKEN: "theirs",
  PULUMI_HOME: "/home/somebody/.pulumi",
  KUBECONFIG: "/home/somebody/.kube/config",
  DIGITALOCEAN_ACCESS_TOKEN: "theirs",
  npm_config_registry: "x",
  LANG: "C.UTF-8",
};
const env = labEnvironment(lab, { pulumi: "/tools/pulumi", kubectl: "/tools/k" }, secret, usersOwn);

describe("environment of a lab", () => {
  it("puts the pinned tools before the user's", () => {
    expect(env["PATH"]).toMatch(/^\/tools\/pulumi:\/tools\/k:.*\/node_modules\/\.bin:\/usr\/bin$/);
  });

  it("leaves tools that are not built yet out of PATH", () => {
    const path = labEnvironment(lab, { pulumi: null, kubectl: null }, secret, usersOwn)["PATH"];
    expect(path).toMatch(/^\/[^:]*node_modules\/\.bin:\/usr\/bin$/);
  });

  it("keeps Pulumi, kubectl and their caches in the lab's directories", () => {
    expect(env["PULUMI_HOME"]).toBe(lab.pulumiHome);
    expect(env["PULUMI_BACKEND_URL"]).toBe(
      "file:///var/lib/hardway/dev/pulumi-backend?metadata=skip",
    );
    expect(env["KUBECONFIG"]).toBe("/var/lib/hardway/dev/kubeconfig");
    expect(env["KUBECACHEDIR"]).toBe("/var/lib/hardway/dev/kube-cache");
    expect(JSON.stringify(env)).not.toMatch(/\.pulumi|\.kube\b|\.ssh/);
  });

  it("lets nothing of the user's accounts and agent in, and keeps the rest", () => {
    expect(env).not.toHaveProperty("SSH_AUTH_SOCK");
    expect(env).not.toHaveProperty("PULUMI_ACCESS_TOKEN");
    expect(env).not.toHaveProperty("DIGITALOCEAN_ACCESS_TOKEN");
    expect(env).toMatchObject({ HOME: "/home/somebody", LANG: "C.UTF-8" });
    expect(withoutForeign(usersOwn)).toEqual({
      PATH: "/usr/bin",
      HOME: "/home/somebody",
      LANG: "C.UTF-8",
    });
  });

  it("uses the user's proxy for downloads outside, never for what is in the lab", () => {
    const proxies = {
      HTTPS_PROXY: "http://proxy.example:3128",
      http_proxy: "http://proxy.example:3128",
      ALL_PROXY: "socks5://proxy.example",
      no_proxy: "localhost",
      NODE_USE_ENV_PROXY: "1",
    };
    expect(withoutForeign(proxies)).toEqual(proxies);
    expect(insideEnvironment({ ...usersOwn, ...proxies })).toEqual(withoutForeign(usersOwn));
    const inside = labEnvironment(lab, { pulumi: null, kubectl: null }, secret, proxies);
    expect(Object.keys(inside).filter((name) => /proxy/i.test(name))).toEqual([]);
  });

  it("hands the token over in the environment, never on the command line", () => {
    expect(env["DIGITALOCEAN_TOKEN"]).toBe(secret);
    expect(env["LINODE_TOKEN"]).toBe(secret);
    const line = inLab(lab, ["pulumi", "up"]);
    expect(line).toEqual(["nsenter", "--net=/run/netns/hardway-dev", "--", "pulumi", "up"]);
    expect(line.join(" ")).not.toContain(secret);
  });

  it("gives who works in the lab its names, in mounts that nobody else sees", () => {
    const line = asOperator(lab, ["pulumi", "up"]);
    expect(line.slice(0, 3)).toEqual(inLab(lab, []));
    expect(line.slice(3, 7)).toEqual(["unshare", "--mount", "--propagation", "slave"]);
    const dir = line.at(-3) ?? "";
    expect(line.slice(-2)).toEqual(["pulumi", "up"]);
    expect(readFileSync(join(dir, "resolv.conf"), "utf8")).toMatch(/^nameserver 10\.240\.0\.1$/m);
    expect(readFileSync(join(dir, "nsswitch.conf"), "utf8")).toMatch(/^hosts: files dns$/m);
  });

  it("makes Pulumi ask nobody on the network", () => {
    expect(env).toMatchObject({
      PULUMI_SKIP_UPDATE_CHECK: "1",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "1",
      PULUMI_STACK: "dev",
    });
  });
});
