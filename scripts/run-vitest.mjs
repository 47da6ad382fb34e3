import { spawnSync } from "node:child_process"

/** Runs one test file of a package with variables that ask for more than the ordinary run, and ends with its code. */
export function runVitest(name, file, variables) {
  const config = ["--config", "../../vitest.config.ts", "--root", "."]
  const { status } = spawnSync("pnpm", ["exec", "vitest", "run", ...config, file], {
    cwd: new URL(`../packages/${name}/`, import.meta.url),
    env: { ...process.env, ...variables },
    stdio: "inherit",
  })
  process.exit(status ?? 1)
}
