import { listAt, mapAt, nameOf, namespaceOf, textAt, type KubeObject } from "../objects.ts";
import {
  info,
  ObjectSet,
  warning,
  type Assessment,
  type AwaitedObject,
  type Awaiter,
} from "./awaiter.ts";
import { isCurrent } from "./workloads.ts";

/** How long a Service without any endpoint may stay so before that is taken as meant; milliseconds. */
const settleMs = 10_000;

/**
 * A Service is ready when its endpoints are, and a load balancer has its address. Without a selector, without a
 * cluster address (headless), or for an external name there are no endpoints to wait for. One that selects no Pod is
 * ready once that has not changed for a while: its Pods may only come with later resources.
 */
export function serviceAwaiter({ gvk, object }: AwaitedObject): Awaiter {
  const watch = { namespace: namespaceOf(object), name: nameOf(object) };
  const endpoints = new ObjectSet();
  let service = object;
  const assess = (): Assessment => {
    const subsets = listAt(endpoints.get(nameOf(object)), "subsets");
    const hasReady = subsets.some((subset) => listAt(subset, "addresses").length > 0);
    const hasPending = subsets.some((subset) => listAt(subset, "notReadyAddresses").length > 0);
    const hasAddress = !needsAddress(service) || addressesOf(service).length > 0;
    const isWaiting = needsEndpoints(service);
    const isReady = hasAddress && (!isWaiting || (hasReady && !hasPending));
    const isEmpty = endpoints.get(nameOf(object)) !== undefined && !hasPending;
    return {
      isReady,
      object: service,
      ...(hasAddress && isEmpty ? { readyAfterMs: settleMs } : {}),
      status: !isWaiting
        ? []
        : isReady
          ? [info("✅ Service initialization complete")]
          : [
              info(
                hasReady
                  ? "[2/3] Attempting to allocate IP address to Service"
                  : "[1/3] Finding Pods to direct traffic to",
              ),
            ],
      problems: [...(isWaiting && !hasReady ? [noPods] : []), ...(hasAddress ? [] : [noAddress])],
    };
  };
  return {
    watches: [
      { gvk, ...watch },
      { gvk: { group: "", version: "v1", kind: "Endpoints" }, ...watch },
    ],
    observe: (event) => {
      if (event.kind === "Endpoints") endpoints.observe(nameOf(event.object), event);
      else if (isCurrent(event, object)) service = event.object;
    },
    assess,
  };
}

const noPods =
  "Service does not target any Pods. Selected Pods may not be ready, or " +
  "field '.spec.selector' may not match labels on any Pods";
const noAddress = "Service was not allocated an IP address; does your cloud provider support this?";

/** An Ingress is ready when each of its Services has endpoints, and its controller has given it an address. */
export function ingressAwaiter({ gvk, object }: AwaitedObject): Awaiter {
  const namespace = namespaceOf(object);
  const [endpoints, services] = [new ObjectSet(), new ObjectSet()];
  let ingress = object;
  const assess = (): Assessment => {
    const isExternal = (name: string): boolean =>
      textAt(services.get(name), "spec", "type") === "ExternalName";
    const missing = backendsOf(ingress).filter(
      ({ service }) => !isExternal(service) && endpoints.get(service) === undefined,
    );
    const hasAddress = addressesOf(ingress).length > 0;
    const isReady = hasAddress && missing.length === 0;
    return {
      isReady,
      object: ingress,
      // A backend may never come; officially that is only a warning once all else has settled.
      ...(hasAddress ? { readyAfterMs: settleMs } : {}),
      status: isReady
        ? [info("✅ Ingress initialization complete")]
        : missing.length === 0
          ? [info("[2/3] Waiting for update of .status.loadBalancer with hostname/IP")]
          : [
              info("[1/3] Finding a matching service for each Ingress path"),
              ...missing.map(({ path, service }) =>
                warning(
                  `No matching service found for ingress rule: ${path} -> ${JSON.stringify(service)}`,
                ),
              ),
            ],
      problems: [
        ...(missing.length === 0
          ? []
          : ["Ingress has at least one rule with an unavailable target endpoint."]),
        ...(hasAddress
          ? []
          : [
              "Ingress .status.loadBalancer field was not updated with a hostname/IP address. " +
                "\n    for more information about this error, see https://pulumi.io/xdv72s",
            ]),
      ],
    };
  };
  const core = { group: "", version: "v1" };
  return {
    watches: [
      { gvk, namespace, name: nameOf(object) },
      { gvk: { ...core, kind: "Endpoints" }, namespace },
      { gvk: { ...core, kind: "Service" }, namespace },
    ],
    observe: (event) => {
      if (event.kind === "Endpoints") endpoints.observe(nameOf(event.object), event);
      else if (event.kind === "Service") services.observe(nameOf(event.object), event);
      else if (isCurrent(event, object)) ingress = event.object;
    },
    assess,
  };
}

function needsEndpoints(service: KubeObject): boolean {
  return (
    textAt(service, "spec", "type") !== "ExternalName" &&
    textAt(service, "spec", "clusterIP") !== "None" &&
    Object.keys(mapAt(service, "spec", "selector")).length > 0
  );
}

function needsAddress(service: KubeObject): boolean {
  return textAt(service, "spec", "type") === "LoadBalancer";
}

function addressesOf(object: KubeObject) {
  return listAt(object, "status", "loadBalancer", "ingress");
}

function backendsOf(ingress: KubeObject): readonly { service: string; path: string }[] {
  return listAt(ingress, "spec", "rules").flatMap((rule) =>
    listAt(rule, "http", "paths")
      .map((path) => {
        const route = textAt(rule, "host") + textAt(path, "path");
        return {
          service: textAt(path, "backend", "service", "name"),
          path: route === "" ? '"" (default path)' : JSON.stringify(route),
        };
      })
      .filter(({ service }) => service !== ""),
  );
}
