import { code, item, type Item } from "./item.ts";
import { isCommand } from "./machines.ts";
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
  // What changes in place is when it will be renewed.
  const again = signed.filter(({ change }) => change === "replace");
  return [
    ...again.filter(isAuthority).map(authorityItem),
    ...generationItems(preview),
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
    ...bootstraps(steps),
  ];
}

/** Kubelets that get certificates which are in no state and no plan: components/workers/bootstrap.ts. */
function bootstraps(steps: readonly Step[]): readonly Item[] {
  const ending = "-bootstrap-token";
  const tokens = steps.filter(
    ({ type, name, change }) => isCommand(type) && name.endsWith(ending) && change !== "delete",
  );
  if (tokens.length === 0) return [];
  const names = tokens.map(({ name }) => code(name.slice(0, -ending.length))).sort();
  return [
    item(
      `asked for by kubelet, with a new token, and renewed by itself: on ${names.join(", ")}`,
      ...tokens,
    ),
  ];
}

const selfSigned = "tls:index/selfSignedCert:SelfSignedCert";
const tokenKey = /^service-account(-\d+)?$/;

/** Generations that come beside others, or go and leave others: docs/rotation.md. */
function generationItems({ steps }: Preview): readonly Item[] {
  const generations = steps.filter(
    ({ type, name }) => type === selfSigned || (type === keys && tokenKey.test(name)),
  );
  const stem = ({ name }: Step) => name.replace(/-\d+$/, "");
  const hasOther = (step: Step, is: (change: Step["change"]) => boolean) =>
    generations.some((it) => it !== step && stem(it) === stem(step) && is(it.change));
  return generations.flatMap((step) => {
    if (step.change === "create" && hasOther(step, (change) => change !== "create")) {
      return [item(`**${code(step.name)} beside the old one**${actOf(stem(step))}`, step)];
    }
    if (step.change !== "delete" || !hasOther(step, (change) => change !== "delete")) return [];
    return [item(`**${code(step.name)} goes**: what it signed is refused from then on`, step)];
  });
}

/** What people must do before the old one goes. */
function actOf(key: string): string {
  switch (key) {
    case "ca":
      return ": before the old one goes, take the new kubeconfig and restart your pods that talk to the API (docs/rotation.md)";
    case "service-account":
      return ": tokens of the old one are good for an hour from when the new one is in use, so leave it as long (docs/rotation.md)";
    default:
      return "";
  }
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
