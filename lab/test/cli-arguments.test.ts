import { describe, expect, it } from "vitest";
import { parseCommand, UsageError } from "../cli/arguments.ts";

describe("arguments of the lab's commands", () => {
  it("passes the arguments of pulumi, kubectl and e2e on untouched", () => {
    expect(parseCommand(["pulumi", "up", "--help"])).toEqual({
      name: "pulumi",
      args: ["up", "--help"],
    });
    expect(parseCommand(["kubectl", "get", "pods", "-A"])).toEqual({
      name: "kubectl",
      args: ["get", "pods", "-A"],
    });
    const e2e = { name: "e2e", all: false, args: ["-t", "reboot"] };
    expect(parseCommand(["e2e", "-t", "reboot"])).toEqual(e2e);
    expect(parseCommand(["e2e", "--all", "-t", "reboot"])).toEqual({ ...e2e, all: true });
  });

  it("takes a node and a command for ssh, and no command for a shell", () => {
    expect(parseCommand(["lab", "ssh", "worker-1"])).toEqual({
      name: "ssh",
      node: "worker-1",
      command: [],
    });
    expect(parseCommand(["lab", "ssh", "worker-1", "ls", "-l", "--", "/"])).toEqual({
      name: "ssh",
      node: "worker-1",
      command: ["ls", "-l", "--", "/"],
    });
  });

  it("drops one leading -- before a command to run", () => {
    expect(parseCommand(["lab", "exec", "--", "ip", "--", "route"])).toEqual({
      name: "exec",
      command: ["ip", "--", "route"],
    });
  });

  it("gives what follows the unit to journalctl", () => {
    expect(parseCommand(["lab", "logs", "master-1", "etcd", "-n", "5"])).toEqual({
      name: "logs",
      node: "master-1",
      unit: "etcd",
      args: ["-n", "5"],
    });
  });

  it("knows the flags of down, status and bench", () => {
    expect(parseCommand(["down"])).toEqual({ name: "down", all: false });
    expect(parseCommand(["down", "--all"])).toEqual({ name: "down", all: true });
    expect(parseCommand(["lab", "status", "--json"])).toEqual({ name: "status", json: true });
    const standard = { name: "bench", idleSeconds: 60, soakSeconds: 900, masters: 1 };
    expect(parseCommand(["bench"])).toEqual(standard);
    expect(parseCommand(["bench", "--idle", "5"])).toEqual({ ...standard, idleSeconds: 5 });
    expect(parseCommand(["bench", "--soak=0", "--idle=5"])).toEqual({
      ...standard,
      idleSeconds: 5,
      soakSeconds: 0,
    });
    expect(parseCommand(["bench", "--control-plane", "3"])).toEqual({ ...standard, masters: 3 });
  });

  it("takes an archive, and the name of its image when the archive does not say it", () => {
    expect(parseCommand(["lab", "image", "import", "a.tar"])).toEqual({
      name: "image-import",
      file: "a.tar",
      reference: undefined,
    });
    expect(parseCommand(["lab", "image", "import", "a.tar", "nginx:1"])).toMatchObject({
      reference: "nginx:1",
    });
    expect(parseCommand(["lab", "image", "list"])).toEqual({ name: "image-list" });
  });

  it("takes a failure of the clouds with its limits", () => {
    const fault = { kind: "500", method: null, path: "/", times: 1, seconds: 20 };
    expect(parseCommand(["lab", "fault", "set", "500"])).toEqual({ name: "fault-set", fault });
    const options = ["--method", "post", "--path=/v2/droplets", "--times", "3"];
    expect(parseCommand(["lab", "fault", "set", "500", ...options])).toEqual({
      name: "fault-set",
      fault: { ...fault, method: "POST", path: "/v2/droplets", times: 3 },
    });
    expect(parseCommand(["lab", "fault", "clear"])).toEqual({ name: "fault-clear" });
  });

  it("takes the URL of a page", () => {
    const url = "https://demo.lab.test/";
    expect(parseCommand(["lab", "open", url])).toEqual({ name: "open", url });
  });

  it.each([
    [[], "command: missing"],
    [["lab", "open"], "lab open: URL is missing"],
    [["lab", "image"], "lab image: subcommand missing; use import or list"],
    [["lab", "image", "push"], 'lab image subcommand: unknown, got "push"'],
    [["lab", "image", "import"], "lab image import: FILE is missing"],
    [["lab", "fault"], "lab fault: subcommand missing; use set, list or clear"],
    [["lab", "fault", "set"], "lab fault set: KIND is missing"],
    [["lab", "fault", "set", "503"], 'lab fault set: unknown kind, got "503"; use slow-boot'],
    [["lab", "fault", "set", "500", "--times"], "the value of --times is missing"],
    [["lab", "fault", "set", "500", "--times", "x"], 'not a number, got "x"'],
    [["lab", "fault", "set", "500", "--once", "1"], 'lab fault set option: unknown, got "--once"'],
    [["destroy"], 'command: unknown, got "destroy"'],
    [["lab"], "lab: subcommand missing"],
    [["lab", "stop"], 'lab subcommand: unknown, got "stop"'],
    [["lab", "ssh"], "lab ssh: NODE is missing"],
    [["lab", "exec", "--"], "lab exec: CMD is missing"],
    [["lab", "logs", "master-1"], "lab logs: UNIT is missing"],
    [["up", "--yes"], 'up: unexpected argument, got "--yes"; use --stack NAME'],
    [["down", "--force"], 'down: unexpected argument, got "--force"; use --all'],
    [["bench", "--idle", "long"], 'bench --idle: not a number of seconds, got "long"'],
    [
      ["bench", "--control-plane", "2"],
      'bench --control-plane: not 1, 3 or 5, got "2"; use e.g. 3',
    ],
  ])("fails for %j with the argument and what to write", (argv, message) => {
    expect(() => parseCommand(argv)).toThrow(UsageError);
    expect(() => parseCommand(argv)).toThrow(message);
  });
});

it("takes nothing more for a drill", () => {
  expect(parseCommand(["drill"])).toEqual({ name: "drill" });
  expect(() => parseCommand(["drill", "master-2"])).toThrow(
    'drill: unexpected argument, got "master-2"; it takes no arguments',
  );
});
