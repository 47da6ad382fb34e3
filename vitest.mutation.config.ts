import { defineConfig, mergeConfig } from "vitest/config"
import shared from "./vitest.config.js"

/** The tests that a mutant has to survive: units and laws; no processes, servers or repositories. */
export default mergeConfig(
  shared,
  defineConfig({ test: { exclude: JSON.parse(process.env["ARGO_TS_SLOW_TESTS"] ?? "[]") } }),
)
