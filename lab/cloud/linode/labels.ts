import type { Body } from "../body.ts";
import { sameTag, type CloudState } from "../model.ts";
import { text, texts } from "./body.ts";
import { firewallDetails } from "./details.ts";
import { refused } from "./errors.ts";

/** What a kind of thing may be called. */
export interface LabelRule {
  readonly least: number;
  readonly most: number;
  readonly form: RegExp;
  /** What `form` asks for, to be read after "Must". */
  readonly says: string;
}

const linodeForm = /^(?!.*(--|__|\.\.))[a-zA-Z0-9][a-zA-Z0-9_.-]*[a-zA-Z0-9]$/;

export const labelRules = {
  linode: {
    least: 3,
    most: 64,
    form: linodeForm,
    says: "begin and end with a letter or digit, and have only letters, digits, - _ and . in it, none of these three twice in a row",
  },
  firewall: {
    least: 3,
    most: 32,
    form: linodeForm,
    says: "begin and end with a letter or digit, and have only letters, digits, - _ and . in it, none of these three twice in a row",
  },
  vpc: {
    least: 1,
    most: 64,
    form: /^(?!.*--)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
    says: "have only ASCII letters, digits and single dashes in it, no dash first or last",
  },
  rule: { least: 3, most: 32, form: /^[a-zA-Z].*$/, says: "begin with a letter" },
  key: { least: 1, most: 64, form: /./, says: "not be empty" },
} as const satisfies Record<string, LabelRule>;

/**
 * The label that a body gives.
 * @param others - labels of other things of this kind; null: need not be unique
 * @param kind - their name in the error, e.g. "linodes"
 * @returns null when there is none
 * @throws ApiError 400
 */
export function checkedLabel(
  body: Body,
  rule: LabelRule,
  others: readonly string[] | null,
  kind: string,
): string | null {
  const label = text(body, "label");
  if (label === null) return null;
  if (label.length < rule.least || label.length > rule.most) {
    throw refused(`Length must be ${rule.least}-${rule.most} characters`, "label");
  }
  if (!rule.form.test(label)) throw refused(`Must ${rule.says}`, "label");
  if (others?.includes(label) === true) {
    throw refused(`Label must be unique among your ${kind}`, "label");
  }
  return label;
}

/** As `checkedLabel`, and there must be one. */
export function requiredLabel(...args: Parameters<typeof checkedLabel>): string {
  const label = checkedLabel(...args);
  if (label === null) throw refused("label is required", "label");
  return label;
}

/** Names of all tags: those something carries, and those made for later. */
export function tagNames(state: CloudState): string[] {
  const names = [...state.tags.map(({ name }) => name), ...carried(state)];
  return names.filter((name, at) => names.findIndex((other) => sameTag(other, name)) === at);
}

const carried = ({ machines, firewalls }: CloudState): string[] => [
  ...machines.flatMap(({ tags }) => tags),
  ...firewalls.flatMap((firewall) => firewallDetails(firewall).tags),
];

/** The tags that a body gives, which come to be by that. @throws ApiError 400 */
export function checkedTags(draft: CloudState, body: Body): string[] {
  const known = tagNames(draft);
  const tags = texts(body, "tags").map((tag) => {
    const checked = checkedTag(tag, "tags");
    return known.find((name) => sameTag(name, checked)) ?? checked;
  });
  return [...new Set(tags)];
}

/** @throws ApiError 400 */
export function checkedTag(tag: string, field: string): string {
  if (tag.length >= 3 && tag.length <= 50) return tag;
  throw refused("Length must be 3-50 characters", field);
}
