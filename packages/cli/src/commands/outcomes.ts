import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { type OutcomeRule, parseOutcomes } from "@argo-ts/dag-engine"
import { formatIssue } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { CliError } from "../io.js"

/** Reads the rules of `--outcomes`: a YAML list, or a mapping with the list under `rules`. Every issue has its place. */
export function readOutcomes(file: string, cwd: string): readonly OutcomeRule[] {
  const place = resolve(cwd, file)
  if (!existsSync(place))
    throw new CliError("FileNotFound", `--outcomes: expected a file, found nothing at ${file}`)
  const parsed = parseManifests(readFileSync(place, "utf8"), { file })
  if (!parsed.ok)
    throw new CliError("InvalidYaml", parsed.issues[0]?.message ?? `${file}: broken YAML`)
  const [document] = parsed.value
  if (document === undefined) return []
  const rules = parseOutcomes(document.value)
  if (rules.ok) return rules.value
  const lines = rules.issues.map((issue) => {
    const { line, column } = document.locate(issue.path)
    return `${file}:${line}:${column}: ${formatIssue(issue)}`
  })
  throw new CliError("InvalidValue", lines.join("\n"))
}
