// `pnpm fuzz [language…]`: mutated sources through the little languages. `--count N` sources of each (default 100,000),
// `--seed S` (default 1). Prints what threw, gave no result or took longer than two seconds; exit code 1 if anything did.
import { parseArgs } from "node:util"
import { fuzz } from "../packages/expr/test/fuzz/fuzz.mjs"
import { languages } from "../packages/expr/test/fuzz/languages.mjs"

const slowMs = 2000
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
  },
})
const wanted = positionals.length > 0 ? positionals : Object.keys(languages)
const unknown = wanted.find((name) => !Object.hasOwn(languages, name))
if (unknown !== undefined) {
  console.error(`fuzz: expected ${Object.keys(languages).join(", ")}, found ${unknown}`)
  process.exit(2)
}
for (const name of wanted) {
  const count = Number(values.count)
  const started = performance.now()
  const { problems, slowest } = fuzz({
    name,
    language: languages[name],
    count,
    seed: Number(values.seed),
    now: () => performance.now(),
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const isSlow = slowest.ms > slowMs
  console.log(
    `${name.padEnd(12)} ${count} sources in ${seconds} s, ${problems.length} problems, slowest ${slowest.ms.toFixed(0)} ms`,
  )
  if (isSlow) console.log(`  slow: ${JSON.stringify(slowest.source)}`)
  for (const { source, problem } of problems.slice(0, 5)) {
    console.log(
      `  ${JSON.stringify(source)}\n    ${problem.split("\n").slice(0, 4).join("\n    ")}`,
    )
  }
  if (isSlow || problems.length > 0) process.exitCode = 1
}
