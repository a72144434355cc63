import { posix } from "node:path";
import ts from "typescript";

/** One file of the program; the path is relative to the project, with forward slashes. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** How high each room stands: a room imports only from rooms below its own. */
const floors: Readonly<Record<string, number>> = {
  index: 7,
  cli: 7,
  cluster: 6,
  config: 6,
  addons: 5,
  foundation: 5,
  workers: 5,
  "control-plane": 5,
  etcd: 5,
  remote: 4,
  pki: 4,
  providers: 3,
  spec: 2,
  facts: 1,
  lib: 0,
};

/** SDK packages and the only files that may import them. */
const sdkFences: readonly (readonly [sdk: string, where: RegExp])[] = [
  ["@pulumi/digitalocean", /^components\/providers\/digitalocean[\w-]*\.ts$/],
  ["@pulumi/linode", /^components\/providers\/linode[\w-]*\.ts$/],
  ["@pulumi/command", /^components\/remote\//],
  ["@pulumi/tls", /^components\/pki\//],
  ["@pulumi/kubernetes", /^components\/addons\//],
  [
    "@pulumi/pulumi",
    /^(index\.ts$|components\/(?!lib\/|facts\/|spec\.ts$|config\/(?!problems\.ts$)))/,
  ],
];

/** Parts of Node that read no file, network or process. */
const pureBuiltins = ["node:crypto", "node:path", "node:zlib"];
/** The one reader of files, those that ask API servers whether they answer and why something is not ready, and the one that asks the DNS. */
const outsideReaders: Readonly<Record<string, string>> = {
  "components/lib/assets.ts": "node:fs",
  "components/config/unanswered.ts": "node:net",
  "components/addons/api.ts": "node:https",
  "components/providers/name-servers.ts": "node:dns/promises",
};
const maxLines = 300;

/** One import of a file. */
export interface Import {
  readonly from: string;
  readonly isType: boolean;
  readonly names: readonly string[];
}

/** Everything in one file that the rules of the rooms forbid; each as `<path>: <what>`. */
export function violations({ path, text }: SourceText): string[] {
  const source = parsed({ path, text });
  const imports = importsIn(source);
  const lines = text.split("\n").length - 1;
  return [
    ...imports.flatMap((entry) => importViolations(path, entry)),
    // Commands are no part of the program: they run processes and read what surrounds them.
    ...(roomOf(path) === "cli" ? [] : statementViolations(source, imports)),
    ...(lines > maxLines ? [`has ${lines} lines, more than ${maxLines}`] : []),
  ].map((what) => `${path}: ${what}`);
}

/** What a file imports, or exports from elsewhere. */
export function importsOf(source: SourceText): readonly Import[] {
  return importsIn(parsed(source));
}

function parsed({ path, text }: SourceText): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
}

function importsIn(source: ts.SourceFile): Import[] {
  const found: Import[] = [];
  visit(source, (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.importClause;
      const isType = clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      found.push({ from: node.moduleSpecifier.text, isType, names: namesOf(clause) });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const from = (node.moduleSpecifier as ts.StringLiteral).text;
      found.push({ from, isType: node.isTypeOnly, names: [] });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      const isPlain = argument !== undefined && ts.isStringLiteral(argument);
      found.push({ from: isPlain ? argument.text : "(computed)", isType: false, names: [] });
    }
    return true;
  });
  return found;
}

function namesOf(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const own = clause?.name === undefined ? [] : [clause.name.text];
  if (bindings === undefined) return own;
  if (ts.isNamespaceImport(bindings)) return [...own, bindings.name.text];
  const values = bindings.elements.filter((element) => !element.isTypeOnly);
  return [...own, ...values.map((element) => element.name.text)];
}

function importViolations(path: string, { from, isType }: Import): string[] {
  if (from.startsWith(".")) return roomViolations(path, from, isType);
  if (from.startsWith("node:")) {
    if (roomOf(path) === "cli") return [];
    const isAllowed = pureBuiltins.includes(from) || outsideReaders[path] === from;
    return isAllowed ? [] : [`imports ${from}`];
  }
  const fence = sdkFences.find(([sdk]) => from === sdk || from.startsWith(`${sdk}/`));
  if (fence !== undefined) return fence[1].test(path) ? [] : [`imports ${from}`];
  return from.startsWith("@pulumi/") || from === "(computed)" ? [`imports ${from}`] : [];
}

function roomViolations(path: string, from: string, isType: boolean): string[] {
  const target = posix.join(posix.dirname(path), from);
  const [own, other] = [roomOf(path), roomOf(target)];
  const what = [`imports ${target}`];
  const [ownFloor, otherFloor] = [floors[own], floors[other]];
  if (otherFloor === undefined || ownFloor === undefined) return what;
  if (own === other) return [];
  if (otherFloor >= ownFloor) return what;
  if (["config", "cli"].includes(own) && !["spec", "facts", "lib"].includes(other)) return what;
  if (own === "addons" && other === "remote") return what;
  if (other === "providers" && own !== "cluster") {
    return isType && target === "components/providers/machine.ts" ? [] : what;
  }
  return [];
}

/** `components/etcd/member.ts` is in etcd, `components/spec.ts` is in spec; what is not ours has no room. */
function roomOf(path: string): string {
  if (path === "index.ts") return "index";
  if (path.startsWith("cli/")) return "cli";
  return /^components\/([\w-]+)(\/|\.ts$)/.exec(path)?.[1] ?? "";
}

function statementViolations(source: ts.SourceFile, imports: readonly Import[]): string[] {
  const named = (wanted: (from: string) => boolean) =>
    new Set(imports.filter(({ from }) => wanted(from)).flatMap(({ names }) => names));
  const imported = named(() => true);
  const fromPulumi = named((from) => from.startsWith("@pulumi/"));
  const found: string[] = [];
  const at = (node: ts.Node) =>
    `line ${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;

  visit(source, (node) => {
    if (ts.isIdentifier(node) && node.text === "process" && !isPropertyName(node)) {
      found.push(`uses process, ${at(node)}`);
    }
    if (isApply(node)) {
      for (const argument of node.arguments) {
        visit(argument, (inner) => {
          if (ts.isNewExpression(inner) && imported.has(rootOf(inner.expression))) {
            found.push(`makes a resource inside apply, ${at(inner)}`);
          }
          return true;
        });
      }
    }
    return true;
  });

  // index.ts is the program itself: what it does, it does when it is imported.
  if (source.fileName === "index.ts") return found;
  visit(source, (node) => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
    if (ts.isNewExpression(node) && imported.has(rootOf(node.expression))) {
      found.push(`makes something at import, ${at(node)}`);
    }
    if (ts.isCallExpression(node) && fromPulumi.has(rootOf(node.expression))) {
      found.push(`calls Pulumi at import, ${at(node)}`);
    }
    return true;
  });
  return found;
}

function isApply(node: ts.Node): node is ts.CallExpression {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === "apply"
  );
}

function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}

/** `pulumi` of `pulumi.output(x).apply`. */
function rootOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) {
    return rootOf(node.expression);
  }
  return "";
}

/** Calls back for a node and everything below it; false leaves out what is below. */
function visit(node: ts.Node, callback: (node: ts.Node) => boolean): void {
  if (!callback(node)) return;
  ts.forEachChild(node, (child) => {
    visit(child, callback);
  });
}
