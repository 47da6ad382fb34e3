import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { basename, dirname, relative, sep } from "node:path"
import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
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
  const isIgnored = ignoreRules(typeof config["ignore"] === "string" ? config["ignore"] : "")
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

/** `delete`: one path or several; what is missing is fine unless `strict`. */
export const deleteStep: StepRunner = async ({ config, directory }) => {
  const { path, paths, strict } = config
  const all: readonly JsonValue[] = Array.isArray(paths)
    ? (paths as readonly JsonValue[])
    : [path ?? null]
  for (const each of all) {
    const target = innerPath(directory, each)
    if (strict === true && !existsSync(target))
      return terminal(`delete: ${JSON.stringify(each)} does not exist`)
    rmSync(target, { recursive: true, force: true })
  }
  return { status: "Succeeded" }
}

/** `yaml-update`: existing scalars of the first document; all other bytes stay. */
export const yamlUpdateStep: StepRunner = async ({ config, directory }) => {
  const shown = typeof config["path"] === "string" ? config["path"] : ""
  const file = innerPath(directory, shown)
  if (!existsSync(file)) return terminal(`yaml-update: ${shown} does not exist`)
  const updates = (
    Array.isArray(config["updates"]) ? (config["updates"] as readonly JsonValue[]) : []
  ).filter(isJsonObject)
  let text = readFileSync(file, "utf8")
  for (const { key, value } of updates) {
    const result = updateYaml(text, String(key), value ?? null)
    if (!result.ok) return terminal(`yaml-update: ${shown}: ${result.issues[0]?.message ?? ""}`)
    text = result.value
  }
  writeFileSync(file, text)
  const lines = updates.map(
    ({ key, value }) =>
      `\n- ${String(key)}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  )
  return { status: "Succeeded", output: { commitMessage: `Updated ${shown}\n${lines.join("")}` } }
}
