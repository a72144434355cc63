import * as pulumi from "@pulumi/pulumi";

/** Known only when the resource is there: an id stays unknown where making it failed. */
export function made(resource: pulumi.Resource): pulumi.Output<string> {
  return pulumi.CustomResource.isInstance(resource) ? resource.id : resource.urn;
}
