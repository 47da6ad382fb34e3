// `pnpm build`: types by `tsc -b` (every package and every test, incrementally), code by rolldown from the same sources.
//
// What an engine imports is some 250 modules, and Node takes most of a millisecond to find and link each. So every entry point is
// one file, with what several of them share in a few more; names stay as they are, and source maps lead to the sources.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Entry points of a package that mostly come together: what they need is one file. Elsewhere that is what `.` needs. */
const together = {
  expr: [
    "depends/index",
    "expr/index",
    "go/index",
    "govaluate/index",
    "tags/index",
    "values/index",
  ],
  kernel: ["index", "clock/index", "http/index", "process/index", "validation/index"],
}

/** Programs that are started by their path. */
const programs = { cli: ["bin", "demo/worker"] }

const { status } = spawnSync(
  process.execPath,
  [resolve(root, "node_modules/typescript/bin/tsc"), "-b"],
  {
    cwd: root,
    stdio: "inherit",
  },
)
if (status !== 0) process.exit(status ?? 1)

await Promise.all(readdirSync(join(root, "packages")).map(bundle))

/** Names of entry points below `src`, as `exports` lists them. */
function entriesOf(name, folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const listed = Object.values(exports).flatMap((entry) => entry["@argo-ts/source"] ?? [])
  const entries = listed.map((source) => source.replace(/^\.\/src\/|\.ts$/g, ""))
  return [...entries, ...(programs[name] ?? [])]
}

async function bundle(name) {
  const folder = join(root, "packages", name)
  const sourceOf = (entry) => join(folder, "src", `${entry}.ts`)
  const entries = entriesOf(name, folder)
  const base = createReach((together[name] ?? ["index"]).map(sourceOf))
  const build = await rolldown({
    cwd: folder,
    input: Object.fromEntries(entries.map((entry) => [entry, sourceOf(entry)])),
    platform: "node",
    // Other packages, ours too, are found where they are installed.
    plugins: [base.plugin],
    external: (id) => !/^[./]/.test(id),
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    transform: { target: "es2023" },
    tsconfig: false,
    // The editor of the sources hints at dynamic imports that split nothing; some are there for readers alone.
    checks: { ineffectiveDynamicImport: false },
  })
  const dist = join(folder, "dist")
  const { output } = await build.write({
    dir: dist,
    format: "esm",
    sourcemap: true,
    comments: { annotation: true, jsdoc: false, legal: true },
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    codeSplitting: { groups: [{ name: "base", test: (id) => base.has(id), minShareCount: 2 }] },
  })
  await build.close()
  const written = new Set(output.map(({ fileName }) => fileName))
  for (const file of readdirSync(dist, { recursive: true })) {
    if (/\.js(\.map)?$/.test(file) && !written.has(file)) rmSync(join(dist, file))
  }
}

/** What some modules import, directly and not, before they run. */
function createReach(from) {
  const importsOf = new Map()
  let reached
  return {
    plugin: {
      name: "reach",
      moduleParsed: ({ id, importedIds }) => void importsOf.set(id, importedIds),
    },
    has(id) {
      reached ??= new Set(from)
      for (const each of reached) for (const next of importsOf.get(each) ?? []) reached.add(next)
      return reached.has(id)
    },
  }
}
