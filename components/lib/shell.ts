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
