import { describe, expect, test } from "vitest";
import { changedLock, configOf, failsWith, minimal, problemsOf } from "../support/stack.ts";

const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const acme = { email: "ops@hardway.dev" };

describe("add-ons", () => {
  failsWith([
    [
      "an unknown ingress controller",
      { ingress: { controller: "ngnix" } },
      ['ingress.controller: unknown ingress controller, got "ngnix"; did you mean "nginx"?'],
    ],
    [
      "acme without an address to write to",
      { acme: { directory: "production" } },
      [
        "acme.email: missing; write the address that the certificate authority may write to, e.g. ops@your.domain",
      ],
    ],
    [
      "what is no e-mail address",
      { acme: { email: "ops at hardway.dev" } },
      [
        'acme.email: not an e-mail address, got "ops at hardway.dev"; write the address that the certificate authority may write to, e.g. ops@your.domain',
      ],
    ],
    [
      "an address that Let's Encrypt refuses",
      { acme: { email: "ops@example.com" } },
      [
        'acme.email: Let\'s Encrypt refuses addresses of example domains, got "ops@example.com"; write the address that the certificate authority may write to, e.g. ops@your.domain',
      ],
    ],
    [
      "an unknown directory",
      { acme: { ...acme, directory: "prodution" } },
      [
        'acme.directory: unknown ACME directory, got "prodution"; write staging, production or a URL: did you mean "production"?',
      ],
    ],
    [
      "a directory without HTTPS",
      { acme: { ...acme, directory: "http://ca.internal/dir" } },
      [
        'acme.directory: ACME is spoken over HTTPS only, got "http://ca.internal/dir"; write an https URL',
      ],
    ],
    [
      "a CA that is not there",
      { acme: { ...acme, caBundle: "no-such.pem" } },
      [
        'acme.caBundle: cannot be read, got "no-such.pem"; name a PEM file of the project; `npm run up` writes the lab\'s',
      ],
    ],
    [
      "a page without a name",
      { acme, demo: { enabled: true } },
      ["demo.host: missing; write a DNS name that leads to the workers, e.g. demo.your.domain"],
    ],
    [
      "a page whose name is an address",
      { acme, demo: { host: "203.0.113.7" } },
      [
        'demo.host: not a DNS name in lower case with a dot, got "203.0.113.7"; write a DNS name that leads to the workers, e.g. demo.your.domain',
      ],
    ],
    [
      "a page that nobody signs for",
      { demo: { host: "demo.hardway.dev" } },
      ["demo: needs acme, which is off; write acme: {email: …}, or set demo.enabled to false"],
    ],
    [
      "an issuer without what it needs",
      { acme, ingress: { enabled: false }, addons: { certManager: { enabled: false } } },
      [
        "acme: needs cert-manager, which is off; set addons.certManager.enabled to true, or leave acme out",
        "acme: needs ingress, which is off; set ingress.enabled to true, or leave acme out",
      ],
    ],
    [
      "pods without a pod network: nothing would ever start them",
      { addons: { flannel: { enabled: false } }, ingress: { controller: "traefik" } },
      [
        "addons.coredns: needs flannel, which is off; set addons.flannel.enabled to true, or set addons.coredns.enabled to false",
        "addons.metricsServer: needs flannel, which is off; set addons.flannel.enabled to true, or set addons.metricsServer.enabled to false",
        "ingress: needs flannel, which is off; set addons.flannel.enabled to true, or set ingress.enabled to false",
        "addons.certManager: needs flannel, which is off; set addons.flannel.enabled to true, or set addons.certManager.enabled to false",
      ],
    ],
    [
      "all of this, and more, at once",
      {
        ingress: { controller: "apache" },
        acme: { email: "x", caBundle: "no-such.pem" },
        demo: { host: "Demo" },
        podCidr: "x",
      },
      [
        expect.stringMatching(/^podCidr: /),
        'ingress.controller: unknown ingress controller, got "apache"; use one of nginx, traefik',
        expect.stringMatching(/^acme\.email: not an e-mail address/),
        expect.stringMatching(/^acme\.caBundle: cannot be read/),
        expect.stringMatching(/^demo\.host: not a DNS name/),
      ] as string[],
    ],
  ]);

  test("know Let's Encrypt by two words, staging by default", () => {
    const directoryOf = (values: object) =>
      configOf({ ...minimal, acme: { ...acme, ...values } }).spec.addons.acme?.directory;
    expect(directoryOf({})).toBe("https://acme-staging-v02.api.letsencrypt.org/directory");
    expect(directoryOf({ directory: "staging" })).toBe(directoryOf({}));
    expect(directoryOf({ directory: "production" })).toBe(
      "https://acme-v02.api.letsencrypt.org/directory",
    );
    expect(directoryOf({ directory: "https://ca.internal:14000/dir" })).toBe(
      "https://ca.internal:14000/dir",
    );
  });

  test("take a CA from its file, and never a key", () => {
    const caBundle = { acme: { ...acme, caBundle: "ca.pem" } };
    const { addons } = configOf({ ...minimal, ...caBundle }, { "ca.pem": certificate }).spec;
    expect(addons.acme?.caBundle).toBe(certificate);
    const key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    expect(problemsOf(caBundle, { "ca.pem": certificate + key })).toEqual([
      'acme.caBundle: holds a private key, got "ca.pem"; name the certificate alone',
    ]);
    expect(problemsOf(caBundle, { "ca.pem": "hello" })).toEqual([
      'acme.caBundle: holds no certificate, got "ca.pem"; name a file with -----BEGIN CERTIFICATE-----',
    ]);
  });

  test("ask the lock only for the images in use, and by name", () => {
    const files = {
      "my-lock.json": changedLock((lock) => {
        lock.images = lock.images.filter(({ name }) => name !== "nginx-ingress");
        delete lock.defaults["nginx-ingress"];
      }),
    };
    const artifacts = { lock: "my-lock.json" };
    expect(problemsOf({ artifacts }, files)).toEqual([
      'artifacts.lock: lacks image nginx-ingress, got "my-lock.json"; add it to the lock, or name another lock',
    ]);
    expect(problemsOf({ artifacts, ingress: { controller: "traefik" } }, files)).toEqual([]);
  });
});
