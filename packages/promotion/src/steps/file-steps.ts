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
import { type JsonValue, listAt, textAt, valueAt } from "@argo-ts/kernel"
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

/** `delete`: one path or several; what is missing is fine unless `strict`. */
export const deleteStep: StepRunner = async ({ config, directory }) => {
  const { path = null, paths, strict } = config
  for (const each of paths === undefined ? [path] : listAt(config, "paths")) {
    const target = innerPath(directory, each)
    if (strict === true && !existsSync(target))
      return terminal(`delete: ${JSON.stringify(each)} does not exist`)
    // Without its directory the promotion would begin anew.
    if (target === innerPath(directory, "."))
      return terminal("delete: the work directory itself cannot be deleted")
    rmSync(target, { recursive: true, force: true })
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
