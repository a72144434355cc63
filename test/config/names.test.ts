import { describe, expect, test } from "vitest";
import { configOf, failsWith, minimal, problemsOf } from "../support/stack.ts";

const acme = { email: "ops@your.domain" };
const specOf = (values: object) => configOf({ ...minimal, ...values }).spec;

describe("the cluster's names", () => {
  test("are none, and no machine is preferred, when the stack says nothing", () => {
    expect(specOf({})).toMatchObject({ names: null, apiMaster: null });
  });

  test("are below the cluster's own name, so that a zone has room for several", () => {
    expect(specOf({ clusterName: "prod", domain: "example.com" }).names).toEqual({
      domain: "example.com",
      api: "api.prod.example.com",
      ingress: "ingress.prod.example.com",
    });
  });

  test("give the demo page its own where a certificate authority is known, and nowhere else", () => {
    const hostWith = (values: object) => specOf({ domain: "example.com", ...values }).addons.demo;
    expect(hostWith({ acme })).toEqual({ host: "demo.dev.example.com" });
    expect(hostWith({ acme, demo: { host: "www.example.net" } })).toEqual({
      host: "www.example.net",
    });
    expect(hostWith({ acme, demo: { enabled: false } })).toBeNull();
    expect(hostWith({})).toBeNull();
    expect(hostWith({ acme: {} })).toBeNull();
    expect(specOf({ acme }).addons.demo).toBeNull();
  });

  test("of a demo page that is wanted without an authority say what it lacks", () => {
    expect(problemsOf({ domain: "example.com", demo: { enabled: true } })).toEqual([
      "demo: needs acme, which is off; write acme: {email: …}, or set demo.enabled to false",
    ]);
  });
});

describe("names and machines", () => {
  const zone = "write a zone of yours, e.g. example.com";
  failsWith([
    [
      "a domain that is none",
      { domain: "Example.com" },
      [`domain: not a DNS zone in lower case with a dot inside, got "Example.com"; ${zone}`],
    ],
    [
      "a domain of one label",
      { domain: "com" },
      [`domain: not a DNS zone in lower case with a dot inside, got "com"; ${zone}`],
    ],
    [
      "an address",
      { domain: "203.0.113.7" },
      [`domain: not a DNS zone in lower case with a dot inside, got "203.0.113.7"; ${zone}`],
    ],
    [
      "a demo page where the API servers are",
      { domain: "example.com", acme, demo: { host: "api.dev.example.com" } },
      [
        'demo.host: leads to the API servers, got "api.dev.example.com"; write a DNS name that leads to the workers, e.g. demo.your.domain',
      ],
    ],
    [
      "a cluster domain that hides the API server's name from pods",
      { domain: "example.com", clusterDomain: "example.com" },
      [
        'clusterDomain: covers api.dev.example.com, which the cluster uses (domain) and could not find then, got "example.com"; write a domain of the cluster\'s own, e.g. cluster.local',
      ],
    ],
    [
      "a machine that is none of the control plane's",
      { apiMaster: "master-2" },
      ['apiMaster: no control-plane machine, got "master-2"; did you mean "master-1"?'],
    ],
    [
      "a worker",
      { apiMaster: "worker-1" },
      ['apiMaster: no control-plane machine, got "worker-1"; use one of master-1'],
    ],
  ]);
});
