import { join, resolve } from "node:path";
import { labNamed, labUmask, projectDir } from "../lib/paths.ts";
import { openRunLog, runLogPath } from "../lib/run-log.ts";
import { type Command, parseCommand, UsageError } from "./arguments.ts";
import { withoutForeign } from "./environment.ts";
import { failureText } from "./failure.ts";
import { usage } from "./usage.ts";

/** Commands that change or enter namespaces. */
const needsRoot = new Set<Command["name"]>([
  ...([
    "down",
    "drill",
    "pulumi",
    "kubectl",
    "ssh",
    "exec",
    "shell",
    "open",
    "logs",
    "e2e",
    "bench",
  ] as const),
]);

const systemDirs = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** Commands of many steps, which are written down. */
const isLogged = new Set<Command["name"]>(["up", "down", "drill", "setup", "e2e"]);

/** Where the user is: npm runs scripts in the project. */
const callerDir = process.env["INIT_CWD"] ?? process.cwd();

/** Runs one command; each is loaded only when asked for, so that a short one stays quick. */
async function dispatch(command: Command): Promise<number> {
  if (needsRoot.has(command.name) && process.getuid?.() !== 0) {
    throw new Error(
      `${command.name}: needs root, got uid ${process.getuid?.() ?? "?"}; use sudo or a root shell`,
    );
  }
  const lab = labNamed();
  if (isLogged.has(command.name)) {
    openRunLog(join(projectDir, ".hardway", "logs", `${command.name}-${lab.name}.log`));
  }
  switch (command.name) {
    case "help":
      console.log(usage);
      return 0;
    case "up":
      return (await import("./up.ts")).up(lab, command.stack);
    case "down":
      return (await import("./down.ts")).down(lab, command);
    case "drill":
      return (await import("./drill.ts")).drill(lab);
    case "pulumi":
      return (await import("./inside.ts")).pulumi(lab, command.args);
    case "kubectl":
      return (await import("./inside.ts")).kubectl(lab, command.args);
    case "setup":
      return (await import("./setup.ts")).setup();
    case "exec":
      return (await import("./inside.ts")).execInside(lab, command.command);
    case "shell":
      return (await import("./inside.ts")).shell(lab);
    case "open":
      return (await import("./open.ts")).openPage(lab, command.url);
    case "image-import":
      return (await import("./images.ts")).importArchive(
        resolve(callerDir, command.file),
        command.reference,
      );
    case "image-list":
      return (await import("./images.ts")).listImages();
    case "fault-set":
      return (await import("./cloud-faults.ts")).setFault(lab, command.fault);
    case "fault-list":
      return (await import("./cloud-faults.ts")).listFaults(lab);
    case "fault-clear":
      return (await import("./cloud-faults.ts")).clearFaults(lab);
    case "status":
      return (await import("./status.ts")).status(lab, command.json);
    case "ssh":
      return (await import("./machines.ts")).sshInto(lab, command.node, command.command);
    case "logs":
      return (await import("./machines.ts")).showLogs(
        lab,
        command.node,
        command.unit,
        command.args,
      );
    case "e2e":
      return (await import("./e2e.ts")).e2e(command);
    case "bench":
      return (await import("./bench/bench.ts")).bench(command);
  }
}

/** What the user's own Pulumi, Kubernetes and SSH settings say must reach nothing we start. */
function scrubEnvironment(): void {
  const kept = withoutForeign(process.env);
  for (const name of Object.keys(process.env)) {
    if (!(name in kept)) Reflect.deleteProperty(process.env, name);
  }
}

// a reader that went away, as in `npm run lab -- logs … | head`, is no reason for a stack trace
process.stdout.on("error", () => process.exit(1));
process.umask(labUmask);
// a root shell made by plain `su` on Debian has a user's PATH
process.env["PATH"] = [process.env["PATH"], ...systemDirs].filter(Boolean).join(":");
scrubEnvironment();
let command: Command = { name: "help" };
try {
  command = parseCommand(process.argv.slice(2));
  process.exitCode = await dispatch(command);
  if (runLogPath() !== null && command.name !== "e2e") {
    console.log(`\nThe whole log: ${runLogPath() ?? ""}`);
  }
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    console.error(`\n${failureText(command.name, error, runLogPath())}`);
    process.exitCode = 1;
  }
}
