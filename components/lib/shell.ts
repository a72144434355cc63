/**
 * A POSIX shell command line from its words, each quoted only when it must be.
 * Never put a secret here: it is printed when the command fails.
 */
export function commandLine(...words: readonly string[]): string {
  return words.map(quote).join(" ");
}

function quote(word: string): string {
  return /^[A-Za-z0-9_\-./:=@%+,]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What a script on stdin ends with. */
const endMark = ">>> end";

/** Runs the script on its stdin, with the words as its arguments; nothing of it unless all of it arrived. */
const runWhole = `script=$(cat)
case $script in
*"
${endMark}") eval "\${script%${endMark}}" ;;
*) echo "script: cut off: the connection broke before its end arrived; nothing was changed" >&2; exit 1 ;;
esac`;

/**
 * The command line that runs what `scriptInput` gives, with these arguments. Not `sh -s`: it would run the beginning of a
 * script whose connection broke, which looks to it like the end.
 */
export function scriptLine(...words: readonly string[]): string {
  return commandLine("sh", "-c", runWhole, "sh", ...words);
}

/** A script as `scriptLine` reads it. */
export function scriptInput(script: string): string {
  return `${script.trimEnd()}\n${endMark}\n`;
}
