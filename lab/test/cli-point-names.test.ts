import { describe, expect, it } from "vitest";
import { wantedRecords } from "../cli/point-names.ts";

const host = (address: string) => ({ address, privateAddress: "", user: "debian", hostKey: "" });
const hosts = {
  "hardway:controlPlane": { nodes: [{ name: "master-1", host: host("10.240.1.1") }] },
  "hardway:workers": {
    nodes: [
      { name: "worker-1", host: host("10.240.1.2") },
      { name: "worker-2", host: host("10.240.1.3") },
    ],
  },
};

describe("names that the user of hosts points", () => {
  it("are none without a domain", () => {
    expect(wantedRecords({ config: hosts }, "lab-existing")).toEqual({});
  });

  it("are the API's and the page's, by the cluster's name or the stack's", () => {
    const config = { ...hosts, "hardway:domain": "cloud.test" };
    expect(wantedRecords({ config }, "lab-existing")).toEqual({
      "api.lab-existing": ["10.240.1.1"],
      "demo.lab-existing": ["10.240.1.2", "10.240.1.3"],
    });
    const named = {
      ...config,
      "hardway:clusterName": "prod",
      "hardway:demo": { host: "demo.cloud.test" },
    };
    expect(wantedRecords({ config: named }, "lab-existing")).toEqual({
      "api.prod": ["10.240.1.1"],
      demo: ["10.240.1.2", "10.240.1.3"],
    });
  });

  it("are not those of another zone", () => {
    const config = {
      ...hosts,
      "hardway:domain": "cloud.test",
      "hardway:demo": { host: "demo.lab.test" },
    };
    expect(Object.keys(wantedRecords({ config }, "lab-existing"))).toEqual(["api.lab-existing"]);
  });
});
