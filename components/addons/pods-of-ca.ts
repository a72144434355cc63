import type * as pulumi from "@pulumi/pulumi";

const workloads = new Set(["kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:Deployment"]);

/** As much of a workload's properties as is looked at. */
interface Workload {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations?: Record<string, pulumi.Input<string>> };
      readonly spec: { readonly automountServiceAccountToken?: boolean };
    };
  };
}

/**
 * Has the pods of our add-ons start anew when the Kubernetes CA that they are to trust changes: most programs read it once. Pods
 * without a service account do not ask the API and stay.
 * @param trustSha256 - known when every namespace has the bundle that it is the hash of
 */
export function podsOfCa(trustSha256: pulumi.Output<string>): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    if (!workloads.has(type)) return undefined;
    const { spec } = props as unknown as Workload;
    const { metadata, spec: pod } = spec.template;
    if (pod.automountServiceAccountToken === false) return undefined;
    const annotations = {
      ...metadata.annotations,
      "hardway.dev/kubernetes-ca-sha256": trustSha256,
    };
    const template = { ...spec.template, metadata: { ...metadata, annotations } };
    return { props: { ...props, spec: { ...spec, template } }, opts };
  };
}
