import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "lab/test/**/*.test.ts", "lab/plugins/test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          pool: "forks",
          // Only there to end a test that hangs: a busy machine may take its time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
