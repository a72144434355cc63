import { expect, test } from "vitest";
import { outsideName } from "../../components/facts/outside-name.ts";

const files = (url: string) => [{ url }];
const acme = (directory: string) => ({ directory });

test.each([
  [
    "the certificate authority",
    { acme: acme("https://acme-v02.api.letsencrypt.org/directory"), demo: null },
    files("https://dl.k8s.io/kubelet"),
    "acme-v02.api.letsencrypt.org",
  ],
  ["the mirror", { acme: null, demo: null }, files("https://mirror.lan:8443/x"), "mirror.lan"],
  [
    "the demo page, where the rest has addresses",
    { acme: acme("https://10.240.0.1:14000/dir"), demo: { host: "demo.lab.test" } },
    files("http://10.240.0.1:8080/x"),
    "demo.lab.test",
  ],
  ["nobody, without any name", { acme: null, demo: null }, files("http://10.240.0.1/x"), null],
])("an outside name is that of %s", (_what, addons, all, name) => {
  expect(outsideName({ addons, artifacts: { files: all } })).toBe(name);
});
