// `pnpm fuzz:cluster [calls]`: so many random requests (default 50,000) to the in-memory cluster, which has to keep its laws.
import { spawnSync } from "node:child_process"

const [calls = "50000"] = process.argv.slice(2)
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
    "test/fuzz.test.ts",
  ],
  {
    cwd: new URL("../packages/cluster-sim/", import.meta.url),
    env: { ...process.env, ARGO_TS_FUZZ: calls },
    stdio: "inherit",
  },
)
process.exit(status ?? 1)
