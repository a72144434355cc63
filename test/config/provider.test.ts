import { describe } from "vitest";
import { failsWith } from "../support/stack.ts";

describe("the provider", () => {
  failsWith([
    [
      "one that does not exist, without judging its region",
      { provider: "aws", region: "eu-central-1" },
      ['provider: unknown provider, got "aws"; use one of digitalocean, linode, existing'],
    ],
    [
      "a region and an image that do not exist",
      { region: "fra", image: "debian-11-x64" },
      [
        'region: no such region on digitalocean, got "fra"; did you mean "fra1"?',
        'image: no such image on digitalocean, got "debian-11-x64"; did you mean "debian-12-x64"?',
      ],
    ],
    [
      "keys of another provider, and of none",
      { "linode:token": "secret", "digitalocean:tokn": "secret" },
      [
        "linode:token: this stack's provider is digitalocean; remove it, or write hardway:provider: linode",
        'digitalocean:tokn: unknown key; did you mean "digitalocean:token"?',
      ],
    ],
    [
      "addresses that are none",
      { "digitalocean:apiEndpoint": "10.240.0.1:8000", artifacts: { mirror: "ftp://x/" } },
      [
        'digitalocean:apiEndpoint: not a URL, got "10.240.0.1:8000"; write an http or https URL, e.g. https://api.digitalocean.com',
        'artifacts.mirror: not an http or https URL, got "ftp://x/"; write an http or https URL, e.g. http://10.240.0.1:8080',
      ],
    ],
  ]);
});
