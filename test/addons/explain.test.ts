import { expect, test } from "vitest";
import { notTrue } from "../../components/addons/explain.ts";
import { identityOf, kubeconfig } from "../../components/lib/kubeconfig.ts";

test("only a condition that is false is a reason", () => {
  const condition = (type: string, status: string) => ({
    type,
    status,
    message: `${type} ${status}`,
  });
  const conditions = [condition("Ready", "True"), condition("Issuing", "False")];
  expect(notTrue("Issuing")({ status: { conditions } })).toEqual(["Issuing False"]);
  expect(notTrue("Ready")({ status: { conditions } })).toEqual([]);
  expect(notTrue("Ready")({})).toEqual([]);
});

test("who asks is read back from the kubeconfig", () => {
  const identity = { caPem: "CA\n", certificatePem: "CERTIFICATE\n", keyPem: "KEY\n" };
  const server = "https://192.0.2.1:6443";
  const text = kubeconfig({ clusterName: "dev", server, user: "admin", identity });
  expect(identityOf(text)).toEqual({ server, ...identity });
});
