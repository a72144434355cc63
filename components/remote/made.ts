import * as command from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";

/** Known only when the resource is there: an id stays unknown where making it failed. */
export function made(resource: pulumi.Resource): pulumi.Output<string> {
  return pulumi.CustomResource.isInstance(resource) ? resource.id : resource.urn;
}

/** The value, once these are made; in a preview of a run that makes one of them, or does a step of them again, it is not known. */
export function onceMade<T>(
  resources: readonly pulumi.Resource[],
  value: pulumi.Output<T>,
): pulumi.Output<T> {
  // A plugin may give a step that is to be done its id in a preview already, but not what it will print.
  const known = resources.map((it) => (command.Command.isInstance(it) ? it.stdout : made(it)));
  return pulumi.all(known).apply(() => value);
}
