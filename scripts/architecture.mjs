// The rules of the floors, checked by dependency-cruiser over the sources — and a check that it saw them all.
import { readdirSync } from "node:fs"
import { cruise } from "dependency-cruiser"

const floors = [
  ["kernel", "expr"],
  ["k8s"],
  ["cluster-sim"],
  ["testing"],
  ["dag-engine", "gitops-core", "progressive-delivery", "event-bus", "promotion"],
  ["dashboard"],
  ["cli"],
]
const floorOf = new Map(floors.flatMap((names, floor) => names.map((name) => [name, floor])))

const engines = floors[4].join("|")
const upward = [...floorOf].map(([name, floor]) => {
  const allowed = [...floorOf].filter(
    ([other, its]) => other === name || its < floor || (name === "expr" && other === "kernel"),
  )
  return {
    name: `${name}-imports-only-lower-floors`,
    severity: "error",
    from: { path: `^packages/${name}/src/`, pathNot: "\\.test(-d)?\\.ts$" },
    to: {
      path: "^packages/",
      pathNot: `^packages/(${allowed.map(([other]) => other).join("|")})/`,
    },
  }
})
const rules = [
  ...upward,
  {
    name: "cores-import-no-driver",
    severity: "error",
    from: { path: `^packages/(${engines})/src/(api|core)/`, pathNot: "\\.test(-d)?\\.ts$" },
    to: {
      path: [`^packages/(${engines})/src/`, "^packages/k8s/"],
      pathNot: `^packages/(${engines})/src/(api|core)/`,
    },
  },
  {
    name: "cores-import-no-node",
    severity: "error",
    from: {
      path: `^packages/((${engines})/src/(api|core)|expr/src)/`,
      pathNot: "\\.test(-d)?\\.ts$",
    },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "no-cycles",
    severity: "error",
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
]

const options = {
  ruleSet: { forbidden: rules },
  validate: true,
  exclude: { path: "node_modules/(?!@argo-ts)|/dist/|\\.tsbuild" },
  doNotFollow: { path: "node_modules/(?!@argo-ts)" },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ["exports"],
    conditionNames: ["@argo-ts/source", "import", "default"],
    extensions: [".ts", ".js"],
    extensionAlias: { ".js": [".ts", ".js"] },
  },
  preserveSymlinks: false,
}
const roots = readdirSync("packages").map((name) => `packages/${name}/src`)
const { output } = await cruise(roots, options, { extensionAlias: { ".js": [".ts", ".js"] } })

const seen = new Set(output.modules.map((module) => module.source))
const expected = roots.flatMap((root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => `${entry.parentPath}/${entry.name}`),
)
const unseen = expected.filter((path) => !seen.has(path))
const acrossPackages = output.modules.flatMap((module) =>
  module.dependencies.filter(
    (dependency) =>
      dependency.resolved.startsWith("packages/") &&
      dependency.resolved.split("/")[1] !== module.source.split("/")[1],
  ),
).length
for (const { rule, from, to } of output.summary.violations) {
  console.error(`${rule.name}: ${from} → ${to}`)
}
if (unseen.length > 0) console.error(`not seen by the check:\n  ${unseen.join("\n  ")}`)
if (acrossPackages === 0)
  console.error("the check saw no import between two packages: it resolves nothing")
console.log(
  `${seen.size} modules, ${acrossPackages} imports between packages, ${output.summary.violations.length} violations`,
)
if (output.summary.error > 0 || unseen.length > 0 || acrossPackages === 0) process.exitCode = 1
