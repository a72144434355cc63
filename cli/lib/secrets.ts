/** What is shown instead of a secret; Pulumi writes the same. */
export const secret = "[secret]";

/** Key that marks a special value in Pulumi's state, see `sigKey` of its SDK. */
const signature = "4dabf18193072939515e22adb298388d";

const privateKey =
  /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|$)/g;

/** Variables whose values must never show, wherever they come from. */
const secretVariable = /(TOKEN|PASSPHRASE|PASSWORD|SECRET|PRIVATE_KEY|ACCESS_KEY)/i;

/**
 * A resource's inputs with nothing secret in them: what Pulumi marks, private keys wherever they are, and the content of a
 * Kubernetes Secret, which Pulumi marks only if the program did.
 */
export function withoutSecrets(
  inputs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const shown = mask(inputs) as Readonly<Record<string, unknown>>;
  if (inputs["kind"] !== "Secret") return shown;
  const hidden = Object.keys(shown).filter((key) => key === "data" || key === "stringData");
  return { ...shown, ...Object.fromEntries(hidden.map((key) => [key, secret])) };
}

/** The text without private keys and without the values of our own environment that are secret. */
export function scrub(
  text: string,
  env: Readonly<Record<string, string | undefined>> = {},
): string {
  const values = Object.entries(env)
    .flatMap(([name, value]) => (secretVariable.test(name) && value !== undefined ? [value] : []))
    // A value so short is no secret, and would be found in the middle of words.
    .filter((value) => value.length >= 8)
    .sort((a, b) => b.length - a.length);
  return values.reduce(
    (rest, value) => rest.replaceAll(value, secret),
    text.replace(privateKey, secret),
  );
}

function mask(value: unknown): unknown {
  if (typeof value === "string") return value.replace(privateKey, secret);
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== "object" || value === null) return value;
  if (signature in value) return secret;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mask(inner)]));
}
