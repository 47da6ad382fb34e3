// `pnpm mutation [package…]`: how many small faults in each `decide.ts` and its leaves the tests notice (aim: 80 %).
// Slow, about two seconds a mutant: `--files a.ts,b.ts` narrows a run to some files of `src/core`, `--sample N` to one
// line in N, always the same ones.
import { readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { fnv32a } from "@argo-ts/kernel"
import { Stryker } from "@stryker-mutator/core"

/** Tests that need real processes, servers or repositories say little about a decision and cost much. */
const slow = {
  "dag-engine": [
    "test/{process,process-pod,controller,conformance,sharded,storm,storm-ends,cron-storm}.test.ts",
    "test/{journal,postgres,runtime,s3,s3-client,artifacts,fuzz,endless-manifests}.test.ts",
  ],
  "progressive-delivery": ["test/conformance.test.ts"],
  "event-bus": ["test/{webhook,github,calendar,crash,upstream,kubernetes-triggers}.test.ts"],
  "gitops-core": ["test/upstream-health.test.ts"],
  promotion: ["test/{steps,delivery}.test.ts", "src/{registries,steps}/**/*.test.ts"],
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: "string" },
    sample: { type: "string", default: "1" },
    concurrency: { type: "string", default: "2" },
  },
})
const packages = positionals.length > 0 ? positionals : Object.keys(slow)
const root = resolve(import.meta.dirname, "..")

/** What to mutate of the package in the working directory. */
function mutated() {
  const wanted = values.files?.split(",")
  const files = readdirSync("src/core", { recursive: true })
    .filter((file) => file.endsWith(".ts") && !/\.(test|gen)\.ts$/.test(file))
    .filter((file) => wanted?.includes(file) ?? true)
    .map((file) => `src/core/${file}`)
    .toSorted()
  const every = Number(values.sample)
  if (every === 1) return files
  return files.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((_, index) =>
        fnv32a(`${file}:${index}`) % every === 0 ? [`${file}:${index + 1}-${index + 1}`] : [],
      ),
  )
}

for (const name of packages) {
  if (slow[name] === undefined) {
    console.error(`mutation: expected one of ${Object.keys(slow).join(", ")}, found ${name}`)
    process.exit(2)
  }
  process.chdir(join(root, "packages", name))
  process.env["ARGO_TS_SLOW_TESTS"] = JSON.stringify(["**/readme.test.ts", ...slow[name]])
  await new Stryker({
    mutate: mutated(),
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: join(root, "vitest.mutation.config.ts"), related: true },
    coverageAnalysis: "perTest",
    concurrency: Number(values.concurrency),
    ignoreStatic: true,
    dryRunTimeoutMinutes: 30,
    reporters: ["clear-text", "json"],
    clearTextReporter: { reportTests: false, allowColor: false },
    jsonReporter: { fileName: join(root, ".reports", `mutation-${name}.json`) },
    disableTypeChecks: false,
    tempDirName: ".stryker-tmp",
    allowConsoleColors: false,
  }).runMutationTest()
}
