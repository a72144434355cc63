import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import type * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { parseAllDocuments } from "yaml";

type Definition = NonNullable<ConstructorParameters<typeof CustomResourceDefinition>[1]>;

const schema = v.object({
  apiVersion: v.literal("apiextensions.k8s.io/v1"),
  kind: v.literal("CustomResourceDefinition"),
  metadata: v.object({
    name: v.string(),
    // Left out where there are none: the API server drops empty ones, and each later plan would add them.
    labels: v.exactOptional(v.record(v.string(), v.string())),
    annotations: v.exactOptional(v.record(v.string(), v.string())),
  }),
  // Its inside is checked by the API server, and the file by its checksum.
  spec: v.custom<Definition["spec"]>((value) => typeof value === "object" && value !== null),
});

/**
 * The kinds of a release file, without the descriptions inside: they are two thirds of a megabyte that the API server of
 * a small machine would hold in memory several times, and that every checkpoint of the stack would write again.
 * @param text - YAML documents, each a CustomResourceDefinition
 * @throws Error when one is anything else
 */
export function definitionsOf(text: string): v.InferOutput<typeof schema>[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((content) => content !== null)
    .map((content) => {
      const { spec, ...rest } = v.parse(schema, content);
      return { ...rest, spec: withoutDescriptions(spec) };
    });
}

/** A description is a text; a property that is called so is not. */
function withoutDescriptions<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutDescriptions) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, content]) => key !== "description" || typeof content !== "string",
  );
  return Object.fromEntries(
    entries.map(([key, content]) => [key, withoutDescriptions(content as unknown)]),
  ) as T;
}

/** Makes the kinds; each is ready once the API server serves it. */
export function createDefinitions(
  text: string,
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return definitionsOf(text).map(
    (definition) => new CustomResourceDefinition(definition.metadata.name, definition, child),
  );
}
