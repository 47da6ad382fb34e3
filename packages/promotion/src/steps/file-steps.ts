import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { basename, dirname, relative, sep } from "node:path"
import { compareText, type JsonValue, listAt, textAt, valueAt } from "@argo-ts/kernel"
import { compileGlob } from "../api/glob.js"
import type { StepOutcome } from "../core/step-outcome.js"
import { ignoreRules } from "./ignore.js"
import { innerPath } from "./paths.js"
import type { StepRunner } from "./step.js"
import { updateYaml } from "./yaml-edit.js"

// Files are read and written synchronously: on a virtual clock no time passes, and nothing runs in between.

function terminal(message: string): StepOutcome {
  return { status: "Failed", isTerminal: true, message }
}

/** `copy`: files and directories; `.git` and links stay behind. */
export const copyStep: StepRunner = async ({ config, directory }) => {
  const from = innerPath(directory, config["inPath"])
  const to = innerPath(directory, config["outPath"])
  if (!existsSync(from)) return terminal(`copy: ${JSON.stringify(config["inPath"])} does not exist`)
  const isIgnored = ignoreRules(textAt(config, "ignore"))
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, {
    recursive: true,
    filter: (path) => {
      const inner = relative(from, path).split(sep).join("/")
      const about = lstatSync(path)
      const isLeftOut = basename(path) === ".git" || about.isSymbolicLink()
      return !isLeftOut && (inner === "" || !isIgnored(inner, about.isDirectory()))
    },
  })
  return { status: "Succeeded" }
}

/** What a glob fits in the work directory, deepest first; undefined where it is malformed. Links are not followed. */
function matching(directory: string, glob: string): readonly string[] | undefined {
  const pattern = compileGlob(glob.replace(/^\.\//, ""))
  if (pattern === undefined) return undefined
  return readdirSync(directory, { recursive: true })
    .map((entry) => String(entry).split(sep).join("/"))
    .filter((path) => pattern.test(path))
    .toSorted((left, right) => compareText(right, left))
}

/** `delete`: one path or several, or globs; what is missing is fine unless `strict`. */
export const deleteStep: StepRunner = async ({ config, directory }) => {
  const { path = null, paths, strict, pathsAreGlobs } = config
  for (const each of paths === undefined ? [path] : listAt(config, "paths")) {
    const isGlob = pathsAreGlobs === true && typeof each === "string"
    const found = isGlob ? matching(directory, each) : [each]
    if (found === undefined) return terminal(`delete: ${JSON.stringify(each)} is not a glob`)
    const targets = found.map((target) => innerPath(directory, target))
    if (strict === true && !targets.some((target) => existsSync(target)))
      return terminal(`delete: ${JSON.stringify(each)} does not exist`)
    // Without its directory the promotion would begin anew.
    if (targets.includes(innerPath(directory, ".")))
      return terminal("delete: the work directory itself cannot be deleted")
    for (const target of targets) rmSync(target, { recursive: true, force: true })
  }
  return { status: "Succeeded" }
}

function shown(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** `yaml-update`: existing scalars of the first document; all other bytes stay. */
export const yamlUpdateStep: StepRunner = async ({ config, directory }) => {
  const path = textAt(config, "path")
  const file = innerPath(directory, path)
  if (!existsSync(file)) return terminal(`yaml-update: ${path} does not exist`)
  const updates = listAt(config, "updates").map((update) => ({
    key: textAt(update, "key"),
    value: valueAt(update, "value") ?? null,
  }))
  let text = readFileSync(file, "utf8")
  for (const { key, value } of updates) {
    const result = updateYaml(text, key, value)
    if (!result.ok) return terminal(`yaml-update: ${path}: ${result.issues[0]?.message ?? ""}`)
    text = result.value
  }
  writeFileSync(file, text)
  const lines = updates.map(({ key, value }) => `\n- ${key}: ${shown(value)}`)
  return { status: "Succeeded", output: { commitMessage: `Updated ${path}\n${lines.join("")}` } }
}
