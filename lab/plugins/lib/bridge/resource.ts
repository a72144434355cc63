import type { PropertyMap, PropertyValue } from "../values.ts";
import type { Comparison } from "./plan.ts";

/** What a resource works with in one operation. */
export interface Call<Client> {
  /** Speaks the cloud's API. */
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly pollMs: number;
  /** The user's limit for this operation, or else the resource's own. */
  readonly timeoutSeconds: number;
}

/** What is wrong with an input; `at` is its path, "" for none in particular. */
export interface Problem {
  readonly at: string;
  readonly reason: string;
}

/** What Pulumi's bridge knows of a resource type from its schema. Names are Pulumi's. */
export interface ResourceSchema extends Comparison {
  /** Terraform's old SDK or its new framework: the bridge says things otherwise. @default "sdk" */
  readonly framework?: "sdk" | "plugin";
  /** The default name is the logical name and seven random digits. */
  readonly autoNamed: boolean;
  /** Appended to "Missing required property". */
  readonly descriptions?: Readonly<Record<string, string>>;
  /** The texts of the validators, by property. */
  readonly validators: Readonly<Record<string, (value: PropertyValue) => readonly string[]>>;
  /** What is wrong between properties, or inside of them. */
  validate?(given: PropertyMap): readonly Problem[];
  /** Inputs as the state will have them: case, hashes. */
  planned?(inputs: PropertyMap): PropertyMap;
}

/** One resource type of a Terraform provider. */
export interface BridgedResource<Client> extends ResourceSchema {
  /** What the bridge keeps beside the outputs: schema version and timeouts (ns). */
  readonly meta: string | null;
  /** Seconds. */
  readonly timeouts: {
    readonly create: number;
    readonly update: number;
    readonly delete: number;
  };
  /** Refuses a plan. @throws Error */
  checkPlan?(planned: PropertyMap): void;
  /** @returns the id of what now exists, whatever happens after */
  create(call: Call<Client>, inputs: PropertyMap): Promise<string>;
  /** Does what is left to do with a new one, and waits until it is ready. */
  settle?(call: Call<Client>, id: string, inputs: PropertyMap): Promise<void>;
  /**
   * What the API says of it; null: it is gone.
   * @param state - what is known so far; of a new one its inputs
   */
  read(call: Call<Client>, id: string, state: PropertyMap): Promise<PropertyMap | null>;
  /** What only an import asks for. */
  readImport?(call: Call<Client>, id: string): Promise<PropertyMap>;
  /** @param given - what the user gave of what is planned */
  update?(
    call: Call<Client>,
    id: string,
    state: PropertyMap,
    planned: PropertyMap,
    given: PropertyMap,
  ): Promise<void>;
  delete(call: Call<Client>, id: string, state: PropertyMap): Promise<void>;
}

/** What a plugin gives all its resources. */
export interface Tools<Client> {
  /** Time between two looks at something that is awaited. */
  readonly pollMs: number;
  /** @throws Error before the provider is configured */
  client(): Client;
}
