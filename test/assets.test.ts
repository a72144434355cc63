import { readdirSync } from "node:fs";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { readAsset } from "../components/lib/assets.ts";

/** The text with every placeholder filled by something of no consequence. */
const filled = (path: string) => readAsset(path).replaceAll(/\{\{ *\w+ *\}\}/g, "filled");
const list = (folder: string) => readdirSync(new URL(`../assets/${folder}`, import.meta.url));

/** The values of a key of a unit, with continued lines joined. */
function unitValues(unit: string, key: string): string[] {
  return readAsset(`units/${unit}`)
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}

const flagsOf = (unit: string) =>
  Object.fromEntries(
    (unitValues(unit, "ExecStart")[0] ?? "")
      .split(/\s+/)
      .slice(1)
      .map((flag) => [flag.split("=")[0], flag.slice(flag.indexOf("=") + 1)]),
  ) as Record<string, string>;

describe.each(list("units"))("unit %s", (unit) => {
  it("starts at boot, and again whenever it ends", () => {
    expect(unitValues(unit, "WantedBy")).toEqual(["multi-user.target"]);
    expect(unitValues(unit, "Restart")).toEqual(["always"]);
    expect(unitValues(unit, "StartLimitIntervalSec")).toEqual(["0"]);
  });

  it("runs the program it is named after", () => {
    const [program] = (unitValues(unit, "ExecStart")[0] ?? "").split(" ");
    expect(program).toBe(
      `/usr/local/bin/${unit === "etcd.service" ? "etcd" : unit.replace(".service", "")}`,
    );
  });

  it("has only flags that start with --, each once", () => {
    const flags = (unitValues(unit, "ExecStart")[0] ?? "").split(/\s+/).slice(1);
    for (const flag of flags) expect(flag).toMatch(/^--[a-z][a-z-]+=\S+$/);
    const names = flags.map((flag) => flag.split("=")[0]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("uses exactly the variables that its environment file sets", () => {
    const used = new Set(
      [...unitValues(unit, "ExecStart"), ...unitValues(unit, "ExecStartPre")]
        .flatMap((line) => [...line.matchAll(/\$\{(\w+)\}/g)])
        .map((match) => match[1]),
    );
    const file = `${unit.replace(".service", "")}.env`;
    const set = list("env").includes(file)
      ? [...readAsset(`env/${file}`).matchAll(/^(\w+)=/gm)].map((match) => match[1])
      : [];
    expect([...used].sort()).toEqual(set.sort());
  });

  it("says what it is and where its flags are documented", () => {
    expect(unitValues(unit, "Documentation")[0]).toMatch(/^https:/);
    expect(readAsset(`units/${unit}`)).toMatch(/^# /);
  });
});

describe("the control plane's units", () => {
  const apiServer = flagsOf("kube-apiserver.service");
  const controllerManager = flagsOf("kube-controller-manager.service");

  it("resolve Services to pods by themselves: there is no kube-proxy on the control plane", () => {
    expect(apiServer["--enable-aggregator-routing"]).toBe("true");
  });

  it("let nobody in without credentials, but for health checks", () => {
    const { anonymous } = parseYaml(readAsset("config/authentication.yaml")) as {
      anonymous: { enabled: boolean; conditions: { path: string }[] };
    };
    expect(apiServer["--authentication-config"]).toBe("/etc/kubernetes/authentication.yaml");
    expect(anonymous.conditions.map(({ path }) => path)).toEqual(["/livez", "/readyz", "/healthz"]);
  });

  it("restrict kubelets to their own node", () => {
    expect(apiServer["--authorization-mode"]).toBe("Node,RBAC");
    expect(apiServer["--enable-admission-plugins"]).toContain("NodeRestriction");
  });

  it("agree on the Service range, and on who signs service account tokens", () => {
    expect(apiServer["--service-cluster-ip-range"]).toBe("${SERVICE_CIDR}");
    expect(controllerManager["--service-cluster-ip-range"]).toBe("${SERVICE_CIDR}");
    expect(controllerManager["--service-account-private-key-file"]).toBe(
      apiServer["--service-account-signing-key-file"],
    );
  });

  it("trust another authority for aggregated APIs than for users", () => {
    expect(apiServer["--requestheader-client-ca-file"]).not.toBe(apiServer["--client-ca-file"]);
    expect(apiServer["--requestheader-allowed-names"]).toBe("front-proxy-client");
  });

  it("are offered by etcd only to clients with a certificate of etcd's own authority", () => {
    const etcd = flagsOf("etcd.service");
    expect(etcd["--client-cert-auth"]).toBe("true");
    expect(etcd["--peer-client-cert-auth"]).toBe("true");
    expect(etcd["--listen-client-urls"]).not.toContain("http://");
    expect(etcd["--listen-metrics-urls"]).toBe("http://127.0.0.1:2381");
  });

  it("run as users of their own, each made by sysusers.conf", () => {
    const users = [...readAsset("config/sysusers.conf").matchAll(/^u (\S+)/gm)].map((m) => m[1]);
    const units = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
    expect(units.map((unit) => unitValues(`${unit}.service`, "User")[0])).toEqual(units);
    expect(users.sort()).toEqual(units.sort());
  });
});

describe("the configs", () => {
  it.each(list("config").filter((file) => file.endsWith(".yaml")))("%s is YAML", (file) => {
    expect(parseYaml(filled(`config/${file}`))).toHaveProperty("kind");
  });

  it("encrypt new Secrets, and read old ones", () => {
    const { resources } = parseYaml(filled("config/encryption.yaml")) as {
      resources: { resources: string[]; providers: Record<string, unknown>[] }[];
    };
    expect(resources[0]?.resources).toEqual(["secrets"]);
    expect(resources[0]?.providers.map((provider) => Object.keys(provider)[0])).toEqual([
      "secretbox",
      "identity",
    ]);
  });

  it("never write the contents of Secrets to the audit log", () => {
    const { rules } = parseYaml(readAsset("config/audit-policy.yaml")) as {
      rules: { level: string; resources?: { resources: string[] }[] }[];
    };
    const first = rules.find((rule) =>
      rule.resources?.some(({ resources }) => resources.includes("secrets")),
    );
    expect(first?.level).toBe("Metadata");
    expect(rules.map((rule) => rule.level)).not.toContain("RequestResponse");
  });

  it("let nobody call a kubelet anonymously", () => {
    const config = parseYaml(filled("config/kubelet.yaml")) as Record<string, unknown>;
    expect(config).toMatchObject({
      readOnlyPort: 0,
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
      authorization: { mode: "Webhook" },
    });
  });

  it("agree on the port that CoreDNS listens on", () => {
    expect(readAsset("config/Corefile")).toMatch(/^\.:1053 \{/m);
  });

  it("make containerd look for CNI plugins where they are put", () => {
    const config = parseToml(filled("config/containerd.toml"));
    expect(JSON.stringify(config)).toContain('"bin_dirs":["/opt/cni/bin"]');
  });
});
