import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseCommand } from "../cli/arguments.ts";
import { hostUserData } from "../cli/hosts.ts";
import { nodeName } from "../cli/machines.ts";
import { labStackConfig, listedNodes, type StackConfig, withHosts } from "../cli/stack-config.ts";
import { chosenStack, labStackName, rememberStack, stackFor } from "../cli/stacks.ts";
import { type Lab, labNamed, projectDir } from "../lib/paths.ts";

describe("the stack of a lab", () => {
  let lab: Lab;
  beforeEach(() => {
    lab = { ...labNamed("dev"), stateDir: mkdtempSync(join(tmpdir(), "hardway-stacks-")) };
  });
  afterEach(() => {
    rmSync(lab.stateDir, { recursive: true });
  });

  it("is dev, unless another was asked for", () => {
    expect(stackFor(lab, undefined)).toBe("dev");
    expect(stackFor(lab, "linode")).toBe("linode");
    expect(labStackName(lab)).toBe("dev");
  });

  it("is the one it began with, also for commands that name none", async () => {
    await rememberStack(lab, "linode");
    expect(chosenStack(lab)).toBe("linode");
    expect(labStackName(lab)).toBe("lab-linode");
    expect(stackFor(lab, undefined)).toBe("linode");
  });

  it("is only one: another is refused with what to do", async () => {
    await rememberStack(lab, "linode");
    expect(() => stackFor(lab, "existing")).toThrow(
      "lab dev: has stack lab-linode, got --stack existing; take that down first with npm run down, " +
        "or use another lab: HARDWAY_LAB=existi npm run up -- --stack existing",
    );
  });
});

describe("a machine", () => {
  it("is called as its node is, also where the cloud's name for it holds the cluster's tag", () => {
    expect(nodeName("worker-1", "dev")).toBe("worker-1");
    expect(nodeName("hardway-lab-linode-worker-1", "lab-linode")).toBe("worker-1");
    expect(nodeName("hardway-other-worker-1", "lab-linode")).toBe("hardway-other-worker-1");
  });
});

describe("npm run up -- --stack", () => {
  it("takes the stacks there are, and says them to whoever names another", () => {
    expect(parseCommand(["up"])).toEqual({ name: "up", stack: undefined });
    expect(parseCommand(["up", "--stack", "linode"])).toEqual({ name: "up", stack: "linode" });
    expect(parseCommand(["up", "--stack=dev"])).toEqual({ name: "up", stack: "dev" });
    expect(() => parseCommand(["up", "--stack", "nonsense"])).toThrow(
      'up --stack: no such stack, got "nonsense"; use dev, digitalocean, linode or existing',
    );
    expect(() => parseCommand(["up", "--stack"])).toThrow("up --stack: no such stack");
    expect(() => parseCommand(["up", "linode"])).toThrow(
      'up: unexpected argument, got "linode"; use --stack NAME',
    );
  });
});

describe("a provider's sample stack in the lab", () => {
  const read = (name: string) => parse(readFileSync(join(projectDir, name), "utf8")) as StackConfig;
  const dev = read("Pulumi.dev.yaml");
  const digitalOcean = read("Pulumi.digitalocean.yaml");

  it("is the sample but for where things are and who may come in", () => {
    const { config, encryptionsalt } = labStackConfig("digitalocean", {
      sample: digitalOcean,
      dev,
      keepIngress: false,
    });
    const lab = new Set(Object.keys(dev.config));
    const changed = Object.keys(config).filter((key) => config[key] !== digitalOcean.config[key]);
    expect(changed.filter((key) => !lab.has(key))).toEqual([]);
    expect(config).toMatchObject(dev.config);
    expect(config["hardway:nodeCidr"]).toBe(digitalOcean.config["hardway:nodeCidr"]);
    expect(encryptionsalt).toBe(dev.encryptionsalt);
  });

  it("keeps the sample's ingress controller where the lab has its image", () => {
    const parts = { sample: digitalOcean, dev };
    const ingress = (keepIngress: boolean) =>
      labStackConfig("digitalocean", { ...parts, keepIngress }).config["hardway:ingress"];
    expect(ingress(true)).toEqual(digitalOcean.config["hardway:ingress"]);
    expect(ingress(false)).toEqual({ controller: "traefik" });
  });

  it("is led to the lab's API of its own provider", () => {
    const sample = { config: { "hardway:provider": "linode" } };
    const { config } = labStackConfig("linode", { sample, dev, keepIngress: false });
    expect(config["linode:url"]).toBe("http://10.240.0.1:8001");
    expect(config).not.toHaveProperty(["digitalocean:apiEndpoint"]);
  });

  it("says nothing of who may come in where the sample does not", () => {
    const sample = { config: { "hardway:provider": "existing" } };
    const { config } = labStackConfig("existing", { sample, dev, keepIngress: false });
    expect(config).not.toHaveProperty(["hardway:operatorCidrs"]);
    expect(config["hardway:protect"]).toBe(false);
  });

  it("names the lab's hosts instead of the sample's", () => {
    const host = { address: "203.0.113.10", hostKey: "ssh-ed25519 AAAA", port: 2222 };
    const stack = {
      config: {
        "hardway:controlPlane": { nodes: [{ name: "master-1", host }] },
        "hardway:workers": { nodes: [{ name: "worker-1", host }, { name: "worker-2" }] },
      },
    };
    expect(listedNodes(stack)).toEqual(["master-1", "worker-1", "worker-2"]);
    const ours = {
      address: "10.240.1.1",
      privateAddress: "10.10.0.2",
      user: "debian",
      hostKey: "k",
    };
    const hosts = { "master-1": ours, "worker-1": ours, "worker-2": ours };
    expect(withHosts(stack, hosts).config["hardway:workers"]).toEqual({
      nodes: [
        { name: "worker-1", host: ours },
        { name: "worker-2", host: ours },
      ],
    });
  });
});

describe("a host of the lab", () => {
  it("lets in one user, who may do everything with sudo, and proves itself by its own key", () => {
    const key = (name: string) => ({ publicKey: `public ${name}`, privateKey: `private ${name}` });
    const text = hostUserData("worker-1", key("login"), key("host"));
    expect(text.split("\n")[0]).toBe("#cloud-config");
    expect(parse(text)).toMatchObject({
      hostname: "worker-1",
      users: [
        {
          name: "debian",
          sudo: "ALL=(ALL) NOPASSWD:ALL",
          ssh_authorized_keys: ["public login"],
        },
      ],
      ssh_keys: { ed25519_private: "private host", ed25519_public: "public host" },
      ssh_pwauth: false,
    });
  });
});
