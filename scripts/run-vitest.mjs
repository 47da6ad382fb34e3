import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url))

/** Runs one test file of a package with variables that ask for more than the ordinary run, and ends with its code. */
export function runVitest(name, file, variables) {
  const config = ["--config", "../../vitest.config.ts", "--root", "."]
  const { status, error } = spawnSync(process.execPath, [vitest, "run", ...config, file], {
    cwd: new URL(`../packages/${name}/`, import.meta.url),
    env: { ...process.env, ...variables },
    stdio: "inherit",
  })
  if (error !== undefined) throw error
  process.exit(status ?? 1)
}
