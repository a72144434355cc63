import ts from "typescript";

/** Calls whose first argument is a program, and calls with a command line among their arguments. */
const ofProgram = ["exec", "spawn", "succeeds", "programPath"];
const ofCommand = ["inLab", "asOperator", "execInLab", "runInPlace"];

/** Names of the programs that a TypeScript file runs; one that is given by its path has none. */
export function programsRun(text: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const list = commandIn(node);
    const name = list === undefined ? undefined : firstWord(list);
    if (name !== undefined) found.push(name);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("a.ts", text, ts.ScriptTarget.ESNext, true));
  return [...new Set(found)];
}

/** Where a node names a program: in a call above, or a value declared to be a `Command`. */
function commandIn(node: ts.Node): ts.Node | undefined {
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    if (ofProgram.includes(node.expression.text)) return node.arguments[0];
    if (!ofCommand.includes(node.expression.text)) return undefined;
    return node.arguments.find(ts.isArrayLiteralExpression);
  }
  if (ts.isVariableDeclaration(node) && isCommand(node.type)) return node.initializer;
  if (ts.isFunctionDeclaration(node) && isCommand(node.type)) {
    const returned = node.body?.statements.find(ts.isReturnStatement)?.expression;
    return returned;
  }
  return undefined;
}

function isCommand(type: ts.TypeNode | undefined): boolean {
  return type?.getText() === "Command";
}

/** A literal, or that at the very beginning of a list or of a list spread there. */
function firstWord(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isArrayLiteralExpression(node)) {
    const [first] = node.elements;
    return first === undefined ? undefined : firstWord(first);
  }
  return ts.isSpreadElement(node) ? firstWord(node.expression) : undefined;
}

const builtins =
  ". : [ break cd command continue echo eval exec exit export false local printf pwd read return set shift test trap true umask unset wait";
const keywords = "! do elif else if then until while { }";

/**
 * Names of the programs that a shell script runs: the first word of each command that is not of the shell or of the script
 * itself. Enough of a parser for our own scripts.
 */
export function programsOfScript(text: string): readonly string[] {
  const functions = [...text.matchAll(/^\s*([a-z_]+)\(\) [{(]/gm)].map(([, name = ""]) => name);
  const ours = new Set([...builtins.split(" "), ...functions]);
  const commands = bare(text).split(/\n|;|&&|\|\||\||&|\$?\(|\)|`/);
  const words = commands.map((command) => firstOf(command.trim().split(/\s+/)));
  const names = words.filter((word) => /^[a-z][\w.-]*$/.test(word) && !ours.has(word));
  return [...new Set(names)].sort();
}

/** Past keywords, assignments and what only passes a command on. */
function firstOf([word = "", ...rest]: readonly string[]): string {
  const isPrefix = keywords.split(" ").includes(word) || /^\w+=|^[<>]|^exec$/.test(word);
  if (["for", "case", "in", "done", "fi", "esac"].includes(word)) return "";
  if (!isPrefix) return word;
  return rest.length > 0 ? firstOf(rest) : "";
}

/** Without comments, here-documents and what is quoted, except for commands in double quotes; lines joined. */
function bare(text: string): string {
  return text
    .replaceAll(/<<(\w+)\n[\s\S]*?\n\1\n/g, "\n")
    .replaceAll("\\\n", " ")
    .replaceAll(/(^|\s)#.*$/gm, "$1")
    .replaceAll(/'[^']*'/g, "QUOTED")
    .replaceAll(/\$\{[^}]*\}|\$\(\([^)]*\)\)/g, "VALUE")
    .replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) =>
      [
        "QUOTED",
        ...[...inner.matchAll(/\$\(([^)]*)\)/g)].map(([, command]) => `;${command ?? ""};`),
      ].join(" "),
    )
    .replaceAll(/ -exec | xargs (-\S+ )*/g, (runner) => `${runner};`)
    .replaceAll(/\d?>&\d|\d?>&-|&>/g, " ");
}
