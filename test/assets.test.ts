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

const timers = list("units").filter((unit) => unit.endsWith(".timer"));
const services = list("units").filter((unit) => unit.endsWith(".service"));
/** What a timer starts has its own name, and no other reason to run. */
const isTimed = (unit: string) => timers.includes(unit.replace(/service$/, "timer"));

it("units are services and timers", () => {
  expect(list("units").sort()).toEqual([...services, ...timers].sort());
});

describe.each(services.filter((unit) => !isTimed(unit)))("the daemon %s", (unit) => {
  it("starts at boot, and again whenever it ends", () => {
    expect(unitValues(unit, "WantedBy")).toEqual(["multi-user.target"]);
    expect(unitValues(unit, "Restart")).toEqual(["always"]);
    expect(unitValues(unit, "StartLimitIntervalSec")).toEqual(["0"]);
  });
});

it.each(timers)("the timer %s starts at boot, and starts what ends by itself", (timer) => {
  expect(unitValues(timer, "WantedBy")).toEqual(["timers.target"]);
  const service = timer.replace(/timer$/, "service");
  expect(unitValues(service, "Type")).toEqual(["oneshot"]);
  expect(unitValues(service, "WantedBy")).toEqual([]);
});

/** What runs a program of a Debian package, with flags of its own kind. */
const packaged: Readonly<Record<string, string>> = { "api-balancer.service": "/usr/sbin/haproxy" };

describe.each(services)("the service %s", (unit) => {
  it("runs the program it is named after, a script of ours or a package's program", () => {
    const [program] = (unitValues(unit, "ExecStart")[0] ?? "").split(" ");
    if (unit in packaged) {
      expect(program).toBe(packaged[unit]);
      return;
    }
    const [, script] = /^\/usr\/local\/lib\/hardway\/(.*)$/.exec(program ?? "") ?? [];
    if (script === undefined)
      expect(program).toBe(`/usr/local/bin/${unit.replace(".service", "")}`);
    else expect(list("scripts")).toContain(script);
  });

  it("has only flags that start with --, each once", () => {
    const [program = "", ...flags] = (unitValues(unit, "ExecStart")[0] ?? "").split(/\s+/);
    if (program.endsWith(".sh") || unit in packaged) return;
    for (const flag of flags) expect(flag).toMatch(/^--[a-z][a-z-]+=\S+$/);
    const names = flags.map((flag) => flag.split("=")[0]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("uses exactly the variables that its environment file and the scripts before it set", () => {
    const used = new Set(
      [...unitValues(unit, "ExecStart"), ...unitValues(unit, "ExecStartPre")]
        .flatMap((line) => [...line.matchAll(/\$\{(\w+)\}/g)])
        .map((match) => match[1]),
    );
    const file = `${unit.replace(".service", "")}.env`;
    const set = list("env").includes(file)
      ? [...readAsset(`env/${file}`).matchAll(/^(\w+)=/gm)].map((match) => match[1])
      : [];
    // What a script finds out before the start, e.g. how etcd is to begin.
    const found = unitValues(unit, "ExecStartPre")
      .map((line) => /\/(\w[\w-]*\.sh)/.exec(line)?.[1])
      .flatMap((script) => (script === undefined ? [] : [readAsset(`scripts/${script}`)]))
      .flatMap((text) => [...text.matchAll(/(?:'|\\n)([A-Z_]+)=%s/g)].map((match) => match[1]));
    expect([...used].sort()).toEqual([...set, ...found].sort());
  });

  it("says what it is and where its flags are documented", () => {
    expect(unitValues(unit, "Documentation")[0]).toMatch(/^https:/);
    expect(readAsset(`units/${unit}`)).toMatch(/^# /);
  });
});

it.each(["kubelet.service", "kube-proxy.service"])(
  "%s starts after the balancer, and does not end with it",
  (unit) => {
    for (const key of ["After", "Wants"]) {
      expect(unitValues(unit, key).join(" ").split(" ")).toContain("api-balancer.service");
    }
    for (const key of ["Requires", "BindsTo", "PartOf", "Requisite"]) {
      expect(unitValues(unit, key).join(" ")).not.toContain("api-balancer");
    }
  },
);

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

  it("check a member's data before it serves any, and tell the API server how fresh its caches are", () => {
    const etcd = flagsOf("etcd.service");
    expect(etcd["--feature-gates"]).toBe("InitialCorruptCheck=true");
    expect(etcd["--watch-progress-notify-interval"]).toBe("5s");
  });

  it("let a kubelet ask for certificates with a token, and delete those whose time is over", () => {
    expect(apiServer["--enable-bootstrap-token-auth"]).toBe("true");
    expect(controllerManager["--controllers"]).toBe("*,token-cleaner-controller");
  });

  it("sign kubelets' certificates with the authorities that verify them", () => {
    const signed = (signer: string) => controllerManager[`--cluster-signing-${signer}-cert-file`];
    const authority = (path: string | undefined) => path?.replace(/(-signer)?\.crt$/, "");
    expect(authority(signed("kubelet-client"))).toBe(authority(apiServer["--client-ca-file"]));
    expect(authority(signed("kubelet-serving"))).toBe(
      authority(apiServer["--kubelet-certificate-authority"]),
    );
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

  it("make a kubelet write its whole status no more often than when it is left to itself", () => {
    const config = parseYaml(filled("config/kubelet.yaml")) as Record<string, unknown>;
    // Left out, it is the frequency of looking: pkg/kubelet/apis/config/v1beta1/defaults.go.
    expect(config["nodeStatusReportFrequency"]).toBe("5m");
  });

  it("agree on the port that CoreDNS listens on", () => {
    expect(readAsset("config/Corefile")).toMatch(/^\.:1053 \{/m);
  });

  it("make containerd look for CNI plugins where they are put", () => {
    const config = parseToml(filled("config/containerd.toml"));
    expect(JSON.stringify(config)).toContain('"bin_dirs":["/opt/cni/bin"]');
  });
});
