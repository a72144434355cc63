import { labAddress } from "./environment.ts";

// Run inside the lab's network: prints the root certificate under which the lab's ACME server issues now.
const response = await fetch(`https://${labAddress}:15000/roots/0`);
if (!response.ok) throw new Error(`ACME root: got HTTP ${response.status}`);
process.stdout.write(await response.text());
