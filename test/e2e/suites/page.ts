import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installHostPackages } from "../../../lab/cli/host-packages.ts";
import { projectDir } from "../../../lab/lib/paths.ts";
import { run } from "../support/lab.ts";
import { acmeRoot, demoHost as host } from "../support/demo.ts";
import { ingressAddresses } from "../support/page.ts";
import { readPng } from "../support/png.ts";

/** Where screenshots stay, for people; git ignores it. */
const outputDir = join(projectDir, "test", "e2e", "output");

const screens = [
  ["a desk", 1280, 900],
  ["a phone", 500, 1400], // the narrowest window that Chromium makes
] as const;

/** What a person sees. */
export function pageSuite(): void {
  describe("the demo's page in Chromium", () => {
    let profile = "";
    let flags: string[] = [];
    const chromium = (...args: string[]) =>
      run(["lab", "exec", "timeout", "60", "chromium", ...flags, ...args, `https://${host}/`]);

    beforeAll(async () => {
      await installHostPackages(() => undefined, ["chromium"]);
      mkdirSync(outputDir, { recursive: true });
      profile = mkdtempSync(join(tmpdir(), "hardway-chromium-"));
      const [address = ""] = await ingressAddresses();
      flags = [
        "--headless=new",
        "--no-sandbox", // for root
        "--disable-gpu",
        "--no-first-run",
        "--hide-scrollbars",
        "--disable-background-networking",
        `--user-data-dir=${profile}`,
        `--host-resolver-rules=MAP ${host} ${address}`,
        // Exactly the certificate that openssl has just verified, and no other.
        `--ignore-certificate-errors-spki-list=${await keyOf(address)}`,
      ];
    });
    afterAll(() => {
      rmSync(profile, { recursive: true, force: true });
    });

    it("tells what answered and how the request came", async () => {
      const page = await chromium("--dump-dom");
      expect(page).toMatch(/<h1>It works, the hard way\.<\/h1>/);
      expect(page).toMatch(/<strong>10\.240\.0\.1<\/strong>/); // who asked
      expect(page).toMatch(/<dd>demo-[\w-]+<\/dd>/);
      expect(page).toMatch(/<dd>worker-[12]<\/dd>/);
      expect(page).toMatch(/Kubernetes \d+\.\d+\.\d+/);
      expect(page).toContain("HeadlessChrome");
    });

    it.each(screens)("is drawn on %s", async (screen, width, height) => {
      const file = join(outputDir, `page-${screen.replace("a ", "")}.png`);
      rmSync(file, { force: true });
      const size = `--window-size=${width},${height}`;
      await chromium("--run-all-compositor-stages-before-draw", size, `--screenshot=${file}`);
      console.log(`screenshot: ${file}`);
      const picture = readPng(readFileSync(file));
      expect([picture.width, picture.height]).toEqual([width, height]);
      expect(picture.colours.size).toBeGreaterThan(100);
      const share = (colour: string) => picture.colours.get(colour) ?? 0;
      expect(share("244,246,250"), "the page").toBeGreaterThan(0.2);
      expect(share("255,255,255"), "the cards").toBeGreaterThan(0.2);
      expect(share("22,32,46"), "the text").toBeGreaterThan(0.001);
    });
  });
}

/** Hash of the public key that this address serves with, in base64, once its chain verifies against the ACME root. */
async function keyOf(address: string): Promise<string> {
  const key = await run([
    "lab",
    "exec",
    "sh",
    "-c",
    `openssl s_client -connect ${address}:443 -servername ${host} -CAfile ${await acmeRoot()} \\
       -verify_return_error </dev/null 2>/dev/null |
     openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`,
  ]);
  expect(key.trim()).toMatch(/^[\w+/]{43}=$/);
  return key.trim();
}
