// `pnpm build`: types by `tsc -b` (every package and every test, incrementally), code by rolldown from the same sources.
//
// What an engine imports is some 250 modules, and Node takes most of a millisecond to find and link each. So what mostly comes
// together is one file: what `.` needs, or what entry points need whose `default` in package.json is the same file. Every other
// entry point is a file, with what several of them share in a few more; names stay as they are, and source maps lead to the sources.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import MagicString from "magic-string"
import { rolldown } from "rolldown"

const root = fileURLToPath(new URL("..", import.meta.url))

/** A text of ASCII alone is half as long in V8, and read in half the time. Only texts and patterns hold anything else. */
const asciiPlugin = {
  name: "ascii",
  renderChunk(code) {
    const text = new MagicString(code)
    for (const { 0: unit, index } of code.matchAll(/[^\0-\x7f]/g)) {
      text.update(index, index + 1, `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    }
    return text.hasChanged()
      ? { code: text.toString(), map: text.generateMap({ hires: "boundary" }) }
      : null
  },
}

/** Entry points that are the same file are asked for by one name: Node looks each name up by itself. */
const oneNamePlugin = {
  name: "one-name",
  resolveId(specifier) {
    const [, name, path] = /^@argo-ts\/([^/]+)(.*)$/.exec(specifier) ?? []
    if (name === undefined) return null
    const { exports } = manifestOf(join(root, "packages", name))
    const file = exports[`.${path}`]?.default
    const [first = `.${path}`] =
      Object.entries(exports).find((each) => file !== undefined && each[1].default === file) ?? []
    return { id: `@argo-ts/${name}${first.slice(1)}`, external: true }
  },
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

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
}

/** Entry points as `exports` lists them: name below `src`, and the file below `dist`. */
function entriesOf(name, folder) {
  const { exports } = manifestOf(folder)
  const listed = Object.values(exports).filter((entry) => entry["@argo-ts/source"] !== undefined)
  const entries = listed.map((entry) => ({
    name: entry["@argo-ts/source"].replace(/^\.\/src\/|\.ts$/g, ""),
    file: entry.default.replace("./dist/", ""),
  }))
  return [...entries, ...(programs[name] ?? []).map((each) => ({ name: each, file: `${each}.js` }))]
}

async function bundle(name) {
  const folder = join(root, "packages", name)
  const sourceOf = (entry) => join(folder, "src", `${entry}.ts`)
  const entries = entriesOf(name, folder)
  const shared = entries.find(
    ({ file }, at) => entries.findIndex((each) => each.file === file) < at,
  )
  const together = shared?.file ?? "index.js"
  const isOfIt = new Set(entries.filter(({ file }) => file === together).map((entry) => entry.name))
  const reach = createReach([...isOfIt].map(sourceOf))
  const build = await rolldown({
    cwd: folder,
    input: Object.fromEntries(entries.map((entry) => [entry.name, sourceOf(entry.name)])),
    platform: "node",
    // Other packages, ours too, are found where they are installed.
    plugins: [reach.plugin, oneNamePlugin, asciiPlugin],
    external: (id) => !/^(?:[./]|@argo-ts\/)/.test(id),
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
    entryFileNames: (chunk) => (isOfIt.has(chunk.name) ? "facades/[name].js" : "[name].js"),
    chunkFileNames: (chunk) => (chunk.name === "together" ? together : "chunks/[name].js"),
    minifyInternalExports: false,
    codeSplitting: { groups: [{ name: "together", test: (id) => reach.has(id) }] },
  })
  await build.close()
  const facades = output.filter(
    ({ type, isEntry, name: entry }) => type === "chunk" && isEntry && isOfIt.has(entry),
  )
  checkFacades(name, facades)
  rmSync(join(dist, "facades"), { recursive: true, force: true })
  const written = new Set(output.map(({ fileName }) => fileName))
  for (const file of readdirSync(dist, { recursive: true })) {
    if (/\.js(\.map)?$/.test(file) && !written.has(file)) rmSync(join(dist, file))
  }
}

/** What comes together answers for its entry points by their own names; rolldown renames where two of them mean different things. */
function checkFacades(name, facades) {
  for (const { name: entry, code } of facades) {
    const [renamed] = code.match(/\S+ as \S+/) ?? []
    if (renamed !== undefined) {
      throw new Error(
        `${name}: ${entry} has a name that another module of its file has, too: ${renamed}`,
      )
    }
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
