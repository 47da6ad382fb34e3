// `pnpm soak [seed…]`: twenty controllers, each alone and all together, under every fault for an hour of virtual time; with
// each seed (default 1) the state has to be the one without faults.
import { spawnSync } from "node:child_process"

const seeds = process.argv.slice(2)
const { status } = spawnSync(
  "pnpm",
  [
    "exec",
    "vitest",
    "run",
    "--config",
    "../../vitest.config.ts",
    "--root",
    ".",
    "test/soak.test.ts",
  ],
  {
    cwd: new URL("../packages/cluster-sim/", import.meta.url),
    env: { ...process.env, ARGO_TS_SOAK: (seeds.length === 0 ? ["1"] : seeds).join(",") },
    stdio: "inherit",
  },
)
process.exit(status ?? 1)
