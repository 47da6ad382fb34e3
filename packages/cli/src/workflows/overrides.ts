import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { parseWorkflow, type WorkflowDefaults } from "@argo-ts/dag-engine"
import { isJsonObject, type JsonObject, recordOf } from "@argo-ts/kernel"
import { type ManifestDocument, parseManifests } from "@argo-ts/kernel/yaml"
import { CliError, type Io } from "../io.js"
import { formatFileIssue, placeIssue, toJsonIssue } from "../manifests/file-issue.js"

/** What the command line says over a manifest. */
export interface OverrideFlags {
  readonly name?: string
  readonly generateName?: string
  /** Each `name=value`, or several separated by commas. */
  readonly labels?: readonly string[]
  readonly priority?: number
}

const nameMax = 253
const labelMax = 63
const namePattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/
const labelName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/

/** The manifest of a Workflow with what the command line says instead. */
export function withOverrides(manifest: JsonObject, flags: OverrideFlags): JsonObject {
  const { priority } = flags
  const spec = isJsonObject(manifest["spec"]) ? manifest["spec"] : undefined
  return {
    ...manifest,
    metadata: metadataWith(isJsonObject(manifest["metadata"]) ? manifest["metadata"] : {}, flags),
    ...(priority === undefined || spec === undefined ? {} : { spec: { ...spec, priority } }),
  }
}

function metadataWith(metadata: JsonObject, flags: OverrideFlags): JsonObject {
  const { name, generateName, labels = [] } = flags
  if (name !== undefined && generateName !== undefined) {
    throw new CliError("InvalidOption", "expected --name or --generate-name, found both")
  }
  const { name: oldName, generateName: oldGenerateName, ...rest } = metadata
  const isNamed = name !== undefined || generateName !== undefined
  const old = {
    ...(oldName === undefined ? {} : { name: oldName }),
    ...(oldGenerateName === undefined ? {} : { generateName: oldGenerateName }),
  }
  const before = isJsonObject(rest["labels"]) ? rest["labels"] : {}
  return {
    ...(isNamed ? {} : old),
    ...(name === undefined ? {} : { name: checkedName("--name", name, name) }),
    // Letters follow it, so it may end as no name may.
    ...(generateName === undefined
      ? {}
      : { generateName: checkedName("--generate-name", generateName, `${generateName}0`) }),
    ...rest,
    ...(labels.length === 0 ? {} : { labels: { ...before, ...readLabels(labels) } }),
  }
}

/** Refuses what no object may be called. */
function checkedName(flag: string, given: string, name: string): string {
  if (name.length <= nameMax && namePattern.test(name)) return given
  const expected = `small letters, digits, "-" and ".", at most ${nameMax}`
  throw new CliError("InvalidOption", `${flag}: expected ${expected}, found "${given}"`)
}

function readLabels(texts: readonly string[]): { readonly [name: string]: string } {
  const labels = texts
    .flatMap((text) => text.split(","))
    .map((text) => {
      const at = text.indexOf("=")
      const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
      const isLabel = at > 0 && labelName.test(name) && labelValue.test(value)
      if (isLabel && value.length <= labelMax) return [name, value] as const
      throw new CliError("InvalidOption", `--labels: expected name=value, found "${text}"`)
    })
  return recordOf(labels)
}

/** Reads `--workflow-defaults`: a mapping with `metadata` and `spec`, as a controller's configuration has it. */
export function readWorkflowDefaults(
  file: string | undefined,
  io: Io,
): WorkflowDefaults | undefined {
  if (file === undefined) return undefined
  const flag = "--workflow-defaults"
  const place = resolve(io.cwd, file)
  if (!existsSync(place)) {
    throw new CliError("FileNotFound", `${flag}: expected a file, found nothing at ${file}`)
  }
  const parsed = parseManifests(readFileSync(place, "utf8"), { file })
  if (!parsed.ok) {
    throw new CliError("InvalidYaml", parsed.issues[0]?.message ?? `${file}: broken YAML`)
  }
  const [document] = parsed.value
  const value = document?.value
  if (document === undefined || !isJsonObject(value)) {
    throw new CliError(
      "InvalidOption",
      `${flag}: expected a mapping of metadata and spec in ${file}`,
    )
  }
  const other = Object.keys(value).find((field) => field !== "metadata" && field !== "spec")
  if (other !== undefined) {
    const found = JSON.stringify(other)
    const message = `${flag}: expected metadata and spec in ${file}, found ${found}`
    throw new CliError("InvalidOption", message)
  }
  checkDefaults(file, document, value)
  return value as WorkflowDefaults
}

/** Refuses what could not stand in a Workflow; who runs a stored template need not have more. */
function checkDefaults(file: string, document: ManifestDocument, value: JsonObject): void {
  const { metadata = {}, spec = {} } = value
  const workflow = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: isJsonObject(metadata) ? { name: "defaults", ...metadata } : metadata,
    spec: isJsonObject(spec) ? { workflowTemplateRef: { name: "any" }, ...spec } : spec,
  }
  const read = parseWorkflow(workflow)
  if (read.ok) return
  const issues = read.issues.map((issue) => placeIssue(file, document, issue))
  throw new CliError("InvalidManifest", issues.map(formatFileIssue).join("\n"), {
    exitCode: 1,
    details: issues.map(toJsonIssue),
  })
}
