import { defineConfig } from "vitest/config"

/** Shared by every package: `vitest run --config ../../vitest.config.ts --root .` (the `test` script). */
export default defineConfig({
  resolve: { conditions: ["@argo-ts/source", "node"] },
  ssr: { resolve: { conditions: ["@argo-ts/source", "node"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    server: { deps: { inline: [/@argo-ts\//] } },
  },
})
