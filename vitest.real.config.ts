import { defineConfig } from "vitest/config"
import shared from "./vitest.config.js"

/** The conformance suite against the cluster of `KUBECONFIG`: `pnpm --filter @argo-ts/k8s conformance:real`. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ["test/real/*conformance.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
