const named: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** Quotes a string as Go's `%q` does, so that errors read as the official provider's. */
export function goQuote(text: string): string {
  const escaped = text.replace(
    /[\\"\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu,
    (char) => {
      const code = char.codePointAt(0) ?? 0;
      if (named[char] !== undefined) return named[char];
      if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
      if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
      return `\\U${code.toString(16).padStart(8, "0")}`;
    },
  );
  return `"${escaped}"`;
}
