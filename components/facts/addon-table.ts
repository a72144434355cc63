/** What config, artifact lock, pre-pull and mirror need to know of an add-on; how it is made is in components/addons. */
export interface AddonRow {
  /** Key of the stack that turns it on. */
  readonly key: string;
  /** Its name in messages. */
  readonly title: string;
  /** Its images by their names in the lock, in the order in which a node needs them, and the component whose version each has. */
  readonly images: Readonly<Record<string, string>>;
  /** Files that the program itself reads, by their names in the lock, and the component whose version each has. */
  readonly manifests?: Readonly<Record<string, string>>;
  /** Where its pods are; where there are several, their images are fetched before they come. */
  readonly runsOn: "every worker" | "several workers" | "one worker" | null;
  /** Keys of what must be on as well. */
  readonly needs: readonly string[];
  /** What somebody who cannot have its image may write instead. */
  readonly instead?: string;
}

/**
 * Every add-on, one row each: another one is a file in components/addons, a row here and a line in components/addons/addons.ts.
 * A key `addons.NAME` brings its own switch `addons.NAME.enabled`.
 */
export const addonTable = {
  flannel: {
    key: "addons.flannel",
    title: "flannel",
    images: { "flannel-cni-plugin": "flannel-cni-plugin", flannel: "flannel" },
    runsOn: "every worker",
    needs: [],
  },
  coredns: {
    key: "addons.coredns",
    title: "CoreDNS",
    images: { coredns: "coredns" },
    runsOn: "several workers",
    needs: ["addons.flannel"],
  },
  metricsServer: {
    key: "addons.metricsServer",
    title: "metrics-server",
    images: { "metrics-server": "metrics-server" },
    runsOn: "one worker",
    needs: ["addons.flannel"],
  },
  nginx: {
    key: "ingress",
    title: "ingress",
    images: { "nginx-ingress": "nginx-ingress" },
    runsOn: "every worker",
    needs: ["addons.flannel"],
    instead: 'set ingress.controller to "traefik"',
  },
  traefik: {
    key: "ingress",
    title: "ingress",
    images: { traefik: "traefik" },
    runsOn: "every worker",
    needs: ["addons.flannel"],
  },
  certManager: {
    key: "addons.certManager",
    title: "cert-manager",
    images: {
      "cert-manager-controller": "cert-manager",
      "cert-manager-webhook": "cert-manager",
      "cert-manager-cainjector": "cert-manager",
      "cert-manager-acmesolver": "cert-manager",
    },
    manifests: { "cert-manager-crds": "cert-manager" },
    runsOn: "one worker",
    needs: ["addons.flannel"],
  },
  acme: {
    key: "acme",
    title: "acme",
    images: {},
    runsOn: null,
    needs: ["addons.certManager", "ingress"],
  },
  demo: {
    key: "demo",
    title: "demo",
    images: { caddy: "caddy" },
    runsOn: "several workers",
    needs: ["acme"],
  },
} as const satisfies Readonly<Record<string, AddonRow>>;

export type AddonName = keyof typeof addonTable;

type Row = (typeof addonTable)[AddonName];
type ValuesOf<T> = T extends unknown ? T[keyof T] : never;

/** Components of the lock that only add-ons have. */
export type AddonComponent = ValuesOf<Row["images"]>;

/** Add-ons with a switch of their own below `addons`. */
export type SwitchedAddon = {
  [Name in AddonName]: (typeof addonTable)[Name]["key"] extends `addons.${string}` ? Name : never;
}[AddonName];

export const addonNames = Object.keys(addonTable) as AddonName[];

export const switchedAddons = addonNames.filter((name): name is SwitchedAddon =>
  addonTable[name].key.startsWith("addons."),
);

/** As much of a ClusterSpec's add-ons as says which are on. */
export type AddonChoice = Readonly<Record<SwitchedAddon, { readonly isEnabled: boolean }>> & {
  readonly ingress: { readonly isEnabled: boolean; readonly controller: AddonName };
  readonly acme: object | null;
  readonly demo: object | null;
};

/** The rows of the add-ons that are on, in the order of the table. */
export function addonsInUse(choice: AddonChoice): AddonRow[] {
  return addonNames.filter((name) => isOn(name, choice)).map((name) => addonTable[name]);
}

function isOn(name: AddonName, { ingress, ...others }: AddonChoice): boolean {
  if (addonTable[name].key === "ingress") return ingress.isEnabled && ingress.controller === name;
  const chosen = others[name as Exclude<AddonName, "nginx" | "traefik">];
  return chosen !== null && (!("isEnabled" in chosen) || chosen.isEnabled);
}

/** Name in the lock → component, of every image of an add-on. */
export const addonImages = Object.assign(
  {},
  ...addonNames.map((name) => addonTable[name].images),
) as Readonly<Record<string, AddonComponent>>;

/** Images of pods that a new worker gets as soon as it is there, in the order in which it needs them. */
export const imagesToPull: readonly string[] = [
  // Of every pod.
  "pause",
  ...addonNames
    .map((name): AddonRow => addonTable[name])
    .filter(({ runsOn }) => runsOn === "every worker" || runsOn === "several workers")
    .flatMap(({ images }) => Object.keys(images)),
];
