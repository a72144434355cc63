import type { Problems } from "../problems.ts";
import type { CheckedProvider, ProviderInput } from "./provider.ts";

/** What a stack on existing hosts says of them. */
export function checkExisting(_input: ProviderInput, _problems: Problems): CheckedProvider {
  return {
    provider: { kind: "existing", hosts: {} },
    machinery: {
      standardSize: "existing",
      standardImage: "",
      sizeOf: (_path, slug) => ({ slug, vcpus: 0, memoryMib: 0, diskGib: 0, monthlyUsd: 0 }),
      imageOf: () => "amd64",
    },
    reservedCidrs: [],
  };
}
