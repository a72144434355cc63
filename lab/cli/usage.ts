import { faultKinds } from "../cloud/faults.ts";

/** All commands in the form the user types them. */
export const usage = `usage: npm run COMMAND
  up [-- --stack NAME]           make or go on with the lab and its cluster; NAME: dev, digitalocean, linode or existing
  down [-- --all]                destroy the cluster and the lab; --all: the caches too
  drill                          the cluster loses its control plane, with all data, and comes back from a backup; prints how long
  pulumi -- ARGS                 the pinned Pulumi CLI on the lab's stack
  kubectl -- ARGS                the pinned kubectl as cluster admin
  lab -- setup                   make all that up needs, and start nothing
  lab -- status [--json]         what runs
  lab -- ssh NODE [CMD...]       a shell, or one command, on a machine as root
  lab -- logs NODE UNIT [ARGS]   a unit's journal; ARGS go to journalctl
  lab -- exec CMD [ARGS]         a command inside the lab's network
  lab -- shell                   a shell there, with kubectl and pulumi
  lab -- open URL                a page of the lab for a browser of this machine, until Ctrl-C
  lab -- image import FILE [REF] images of a docker or OCI archive into the mirror; REF: its name
  lab -- image list              what images the mirror has
  lab -- fault set KIND [--method M] [--path PREFIX] [--times N] [--seconds S]
                                 lets the lab's clouds fail; KIND: ${faultKinds.join(", ")}
  lab -- fault list|clear        failures that are still to come; none any more
  e2e [-- --all] [ARGS]          the lab tests, in a lab of their own; --all: those too that CI has no time for; ARGS go to vitest
  bench [-- --idle S --soak S --control-plane N]
                                 times, memory at rest and under load, in a lab of its own; 25 minutes. With 3 or 5
                                 control-plane machines: also what a client notices when one goes
The lab's name is $HARDWAY_LAB, "dev" by default.`;
