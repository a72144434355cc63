import { MutatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/mutatingAdmissionPolicy.js";
import { MutatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/mutatingAdmissionPolicyBinding.js";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { kubeletLabel } from "./addon.ts";

export interface PodPlacementArgs {
  /** Names of the Nodes that have no kubelet. */
  readonly withoutKubelet: readonly string[];
}

/**
 * Keeps pods off machines without a kubelet, whoever asks: docs/decisions/0015-no-pod-without-a-kubelet.md.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class PodPlacement extends pulumi.ComponentResource {
  /** What must be there before the first such Node is. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: PodPlacementArgs, opts: pulumi.ComponentResourceOptions) {
    super("hardway:addons:PodPlacement", name, {}, opts);
    const child = { parent: this };
    this.ready = [...selectKubelets(child), ...refuseOthers(args.withoutKubelet, child)];
  }
}

/** Every DaemonSet, new or changed, is for Nodes with a kubelet only, so that no other is counted either. */
function selectKubelets(child: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const policyName = "daemonsets-on-kubelets.hardway.dev";
  const { key, value } = kubeletLabel;
  const selector = "/spec/template/spec/nodeSelector";
  const policy = new MutatingAdmissionPolicy(
    "daemonsets-on-kubelets",
    {
      metadata: { name: policyName },
      spec: {
        failurePolicy: "Fail",
        reinvocationPolicy: "IfNeeded",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ["apps"],
              apiVersions: ["v1"],
              operations: ["CREATE", "UPDATE"],
              resources: ["daemonsets"],
            },
          ],
        },
        matchConditions: [
          {
            name: "selects-no-system",
            expression: `!("${key}" in object.spec.template.spec.?nodeSelector.orValue({}))`,
          },
        ],
        mutations: [
          {
            patchType: "JSONPatch",
            jsonPatch: {
              expression: [
                "[has(object.spec.template.spec.nodeSelector)",
                `? JSONPatch{op: "add", path: "${selector}/" + jsonpatch.escapeKey("${key}"), value: "${value}"}`,
                `: JSONPatch{op: "add", path: "${selector}", value: {"${key}": "${value}"}}]`,
              ].join("\n"),
            },
          },
        ],
      },
    },
    child,
  );
  const binding = new MutatingAdmissionPolicyBinding(
    "daemonsets-on-kubelets",
    { metadata: { name: policyName }, spec: { policyName } },
    { ...child, dependsOn: [policy] },
  );
  return [policy, binding];
}

/** No pod is bound to any other Node: not by `nodeName`, which asks no scheduler, and not by any scheduler. */
function refuseOthers(
  nodes: readonly string[],
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const policyName = "no-pod-without-kubelet.hardway.dev";
  const policy = new ValidatingAdmissionPolicy(
    "no-pod-without-kubelet",
    {
      metadata: { name: policyName },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["pods", "pods/binding", "bindings"],
            },
          ],
        },
        variables: [
          {
            name: "node",
            expression:
              'request.kind.kind == "Binding" ? object.target.name : object.spec.?nodeName.orValue("")',
          },
        ],
        validations: [
          {
            expression: `!(variables.node in ${JSON.stringify(nodes)})`,
            messageExpression: 'variables.node + " has no kubelet that could run a pod"',
          },
        ],
      },
    },
    child,
  );
  const binding = new ValidatingAdmissionPolicyBinding(
    "no-pod-without-kubelet",
    { metadata: { name: policyName }, spec: { policyName, validationActions: ["Deny"] } },
    { ...child, dependsOn: [policy] },
  );
  return [policy, binding];
}
