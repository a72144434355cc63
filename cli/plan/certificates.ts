import { code, item, type Item } from "./item.ts";
import { changing, type Preview, type Step } from "./preview.ts";

const certificates = new Set([
  "tls:index/locallySignedCert:LocallySignedCert",
  "tls:index/selfSignedCert:SelfSignedCert",
]);
const keys = "tls:index/privateKey:PrivateKey";

/** Certificates and keys that are made anew, the weightiest first. */
export function certificatesOf(preview: Preview): readonly Item[] {
  const steps = changing(preview);
  const signed = steps.filter(({ type }) => certificates.has(type));
  const again = signed.filter(({ change }) => change === "replace" || change === "update");
  return [
    ...again.filter(isAuthority).map(authorityItem),
    ...steps
      .filter(({ type, change }) => type === keys && change === "replace")
      .map((step) => item(`new key: ${code(step.name)}`, step)),
    ...together(
      "reissued",
      again.filter((step) => !isAuthority(step)),
    ),
    ...together(
      "new",
      signed.filter(({ change }) => change === "create"),
    ),
    ...together(
      "no longer used",
      signed.filter(({ change }) => change === "delete"),
    ),
  ];
}

function isAuthority({ component }: Step): boolean {
  return component === "Authority";
}

function authorityItem(step: Step): Item {
  return item(
    `**authority ${code(step.name)} is replaced**: what the old one signed is trusted no more, kubeconfigs given to people included`,
    step,
  );
}

function together(what: string, steps: readonly Step[]): readonly Item[] {
  if (steps.length === 0) return [];
  const names = steps.map(({ name }) => name).sort((a, b) => a.localeCompare(b, "en"));
  return [item(`${what}: ${names.map(code).join(", ")}`, ...steps)];
}
