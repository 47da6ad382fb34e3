// Packs every package and imports each of its entry points from an empty project that has nothing but the package and
// its dependencies: what is published works alone. Subpaths behind an optional peer may say that the peer is missing.
// `--nodes` does the same on Node 22 and 24, which install from npm.
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const root = mkdtempSync(join(tmpdir(), "argo-ts-pack-"))
const run = (command, parameters, cwd) =>
  execFileSync(command, parameters, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

const packages = readdirSync("packages").map((name) => ({
  folder: resolve("packages", name),
  manifest: JSON.parse(readFileSync(join("packages", name, "package.json"), "utf8")),
}))
const byName = new Map(packages.map((each) => [each.manifest.name, each]))

for (const each of packages) {
  const printed = run("pnpm", ["pack", "--json", "--pack-destination", root], each.folder)
  // A package's own prepack step may print before the answer, which starts on a line of its own.
  const packed = JSON.parse(printed.slice(printed.search(/^\{/m)))
  each.tarball = packed.filename.startsWith("/") ? packed.filename : join(root, packed.filename)
}

/** A package with everything of ours that it needs. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  const { manifest } = byName.get(name)
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (byName.has(dependency)) closure(dependency, seen)
  }
  return seen
}

const nodes = [["this Node", process.execPath]]
if (process.argv.includes("--nodes")) {
  for (const major of [22, 24]) {
    const place = join(root, `node-${major}`)
    mkdirSync(place)
    run("npm", ["init", "-y"], place)
    run("npm", ["install", "--no-audit", "--no-fund", `node@${major}`], place)
    nodes.push([`Node ${major}`, join(place, "node_modules", "node", "bin", "node")])
  }
}

const program = `
const peers = JSON.parse(process.argv[2])
let failures = 0
for (const entry of JSON.parse(process.argv[1])) {
  try {
    await import(entry)
  } catch (error) {
    const isPeer = error.code === "ERR_MODULE_NOT_FOUND" && peers.some((peer) => error.message.includes(peer))
    if (isPeer) continue
    failures++
    console.error(entry + ": " + error.message)
  }
}
process.exit(failures)
`
let failures = 0
for (const { manifest } of packages) {
  const place = join(root, manifest.name.replace("/", "-"))
  mkdirSync(place)
  const tarballs = Object.fromEntries(
    [...closure(manifest.name)].map((name) => [name, `file:${byName.get(name).tarball}`]),
  )
  const project = {
    name: "empty",
    private: true,
    type: "module",
    dependencies: { [manifest.name]: tarballs[manifest.name] },
    overrides: tarballs,
  }
  if (manifest.name in project.overrides)
    project.overrides = Object.fromEntries(
      Object.entries(tarballs).filter(([name]) => name !== manifest.name),
    )
  writeFileSync(join(place, "package.json"), JSON.stringify(project))
  run(
    "npm",
    [
      "install",
      "--prefer-offline",
      "--omit=optional",
      "--omit=peer",
      "--legacy-peer-deps",
      "--no-audit",
      "--no-fund",
    ],
    place,
  )
  const entries = Object.keys(manifest.exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => manifest.name + entry.slice(1))
  const peers = [...closure(manifest.name)].flatMap((name) =>
    Object.keys(byName.get(name).manifest.peerDependencies ?? {}),
  )
  for (const [title, node] of nodes) {
    const { status, stderr } = spawnSync(
      node,
      ["--input-type=module", "-e", program, JSON.stringify(entries), JSON.stringify(peers)],
      { cwd: place, encoding: "utf8" },
    )
    if (status !== 0) {
      failures++
      console.error(`${manifest.name} on ${title}:\n${stderr}`)
    }
  }
  console.log(
    `${manifest.name}: ${entries.length} entry points on ${nodes.map(([title]) => title).join(", ")}`,
  )
}
rmSync(root, { recursive: true, force: true })
if (failures > 0) process.exitCode = 1
