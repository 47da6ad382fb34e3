// What `import "@argo-ts/dag-engine"` takes in a fresh process, beside one of the peers and nothing at all.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const rounds = 15
const cwd = fileURLToPath(new URL("..", import.meta.url))
const specifiers = ["@argo-ts/dag-engine", "p-graph", "async"]

/** Milliseconds between asking for a module and having it. */
function timeOf(specifier) {
  const program = `const at = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - at)`
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd,
    encoding: "utf8",
  })
  if (stderr !== "") throw new Error(stderr)
  return Number(stdout)
}

const times = new Map(specifiers.map((each) => [each, []]))
for (let round = 0; round < rounds; round++) {
  for (const each of specifiers) times.get(each).push(timeOf(each))
}
console.table(
  specifiers.map((module) => {
    const sorted = times.get(module).toSorted((left, right) => left - right)
    return {
      module,
      "least ms": sorted[0].toFixed(1),
      "median ms": sorted[rounds >> 1].toFixed(1),
      "aim ms": module === "@argo-ts/dag-engine" ? 40 : "",
    }
  }),
)
