import { describe, expect, it } from "vitest";
import { closedDoors, knocks } from "../cli/doors.ts";

describe("a cluster that serves", () => {
  const outputs = {
    ingressAddresses: ["10.240.1.1", "10.240.1.2"],
    demoUrl: "https://demo.lab.test",
  };

  it("is asked at every ingress address, not at one of them", () => {
    expect(knocks(outputs).map(({ address, url }) => `${address} ${url}`)).toEqual([
      "10.240.1.1 http://10.240.1.1/",
      "10.240.1.1 https://demo.lab.test",
      "10.240.1.2 http://10.240.1.2/",
      "10.240.1.2 https://demo.lab.test",
    ]);
    expect(knocks({})).toEqual([]);
  });

  it("answers anything over HTTP, and 200 for the page", async () => {
    const asked = knocks(outputs);
    const ask = (status: number) => (knock: { url: string }) =>
      Promise.resolve(knock.url.startsWith("http:") ? 404 : status);
    expect(await closedDoors(asked, ask(200))).toEqual([]);
    expect(await closedDoors(asked, ask(503))).toEqual([
      "ingress address 10.240.1.1: HTTP 503 to https://demo.lab.test",
      "ingress address 10.240.1.2: HTTP 503 to https://demo.lab.test",
    ]);
  });

  it("fails when one worker's ports are dead, though its pods are Ready", async () => {
    const dead = (knock: { address: string }) =>
      Promise.resolve(knock.address === "10.240.1.2" ? null : 200);
    expect(await closedDoors(knocks(outputs), dead)).toEqual([
      "ingress address 10.240.1.2: no answer to http://10.240.1.2/",
      "ingress address 10.240.1.2: no answer to https://demo.lab.test",
    ]);
  });
});
