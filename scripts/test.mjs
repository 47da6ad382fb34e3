// `pnpm test`: everything that must hold, in the order in which failures are cheapest to read. Stops at the first.
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"

/** On CI also on the other supported majors of Node, which are downloaded from npm. */
const isCi = process.env.CI === "true"

rmSync(".reports", { recursive: true, force: true })

const steps = [
  ["build and type-check, tests included", "node", ["scripts/build.mjs"]],
  ["generated files are fresh", "node", ["scripts/generate.mjs", "--check"]],
  ["architecture rules", "node", ["scripts/architecture.mjs"]],
  [
    "lint, package checks and tests",
    "pnpm",
    ["exec", "turbo", "run", "lint", "check", "test", "--continue=dependencies-successful"],
  ],
  ["API reports are fresh", "node", ["scripts/api-report.mjs", "--check"]],
  [
    "packed packages import alone",
    "node",
    ["scripts/pack-check.mjs", ...(isCi ? ["--nodes"] : [])],
  ],
]
for (const [title, command, parameters] of steps) {
  console.log(`\n▸ ${title}`)
  const { status } = spawnSync(command, parameters, { stdio: "inherit" })
  if (status !== 0) {
    console.error(`\n✗ ${title} (exit ${status})`)
    process.exit(status ?? 1)
  }
}
