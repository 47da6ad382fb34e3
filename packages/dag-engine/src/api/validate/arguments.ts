import type { IssuePath } from "@argo-ts/kernel"
import type { Artifact } from "../artifact.js"
import type { Arguments, Parameter } from "../parameter.js"
import type { Template } from "../template.js"
import { type Context, checkDataNames, hasTag, report } from "./context.js"

/** Where arguments stand: it decides which sources are legal. */
export type ArgumentPlace = "workflow" | "call"

/** Checks `arguments` of a workflow, step, task or hook. */
export function checkArguments(
  context: Context,
  path: IssuePath,
  args: Arguments,
  place: ArgumentPlace,
): void {
  checkDataNames(context, [...path, "parameters"], args.parameters ?? [])
  checkDataNames(context, [...path, "artifacts"], args.artifacts ?? [])
  for (const [index, parameter] of (args.parameters ?? []).entries()) {
    const at = [...path, "parameters", index]
    checkEnum(context, at, parameter)
    checkSources(context, at, parameter, ["configMapKeyRef", "supplied"])
    const isEmpty = parameter.value === undefined && parameter.valueFrom === undefined
    if (isEmpty && place === "call" && parameter.default === undefined) {
      report(context, [...at, "value"], `the argument "${parameter.name}" has no value`)
    }
    if (isEmpty && place === "workflow" && context.isWorkflow && parameter.default === undefined) {
      report(context, [...at, "value"], `the parameter "${parameter.name}" has no value`, {
        code: "MissingArgument",
      })
    }
  }
  for (const [index, artifact] of (args.artifacts ?? []).entries()) {
    const at = [...path, "artifacts", index]
    const hasSource =
      artifact.from !== undefined || artifact.fromExpression !== undefined || hasLocation(artifact)
    if (artifact.from !== undefined && artifact.fromExpression !== undefined) {
      report(context, at, `of "from" and "fromExpression" only one`)
    }
    if (!hasSource && artifact.optional !== true && context.isWorkflow) {
      report(context, at, `the artifact "${artifact.name}" says neither "from" nor where it lies`)
    }
  }
}

/** True where an artifact says itself where it lies. */
export function hasLocation(artifact: Artifact): boolean {
  const { raw, s3, git, http, gcs, azure, oss, hdfs, artifactory, plugin } = artifact
  return [raw, s3, git, http, gcs, azure, oss, hdfs, artifactory, plugin].some(
    (each) => each !== undefined,
  )
}

/** Checks `enum`: not empty, and the value is one of it. */
export function checkEnum(context: Context, path: IssuePath, parameter: Parameter): void {
  if (parameter.enum === undefined) return
  const words = parameter.enum.map(String)
  if (words.length === 0) {
    report(context, [...path, "enum"], `the enum of "${parameter.name}" has no values`)
    return
  }
  for (const field of ["value", "default"] as const) {
    const value = parameter[field]
    if (value === undefined || hasTag(String(value)) || words.includes(String(value))) continue
    const message = `"${parameter.name}" is one of ${words.join(", ")}, found ${JSON.stringify(value)}`
    report(context, [...path, field], message)
  }
}

const sources = [
  "path",
  "parameter",
  "expression",
  "supplied",
  "configMapKeyRef",
  "jsonPath",
  "jqFilter",
  "event",
] as const

/** The sources that `valueFrom` names. */
export function sourcesOf(parameter: Parameter): readonly (typeof sources)[number][] {
  const from = parameter.valueFrom
  return from === undefined ? [] : sources.filter((source) => from[source] !== undefined)
}

/** Checks that `valueFrom` uses only what is legal here. */
export function checkSources(
  context: Context,
  path: IssuePath,
  parameter: Parameter,
  legal: readonly string[],
): void {
  for (const source of sourcesOf(parameter)) {
    if (legal.includes(source)) continue
    const expected =
      legal.length === 0 ? "none is" : `${legal.join(", ")} ${legal.length === 1 ? "is" : "are"}`
    report(context, [...path, "valueFrom", source], `is not legal here: ${expected}`)
  }
}

const noneMissing: readonly string[] = []

/** The inputs of a template that neither have a value of their own nor get one. */
export function missingInputs(template: Template, args: Arguments | undefined): readonly string[] {
  if (template.inputs === undefined) return noneMissing
  const given = new Set(args?.parameters?.map(({ name }) => name))
  const artifacts = new Set(args?.artifacts?.map(({ name }) => name))
  const missing: string[] = []
  for (const input of template.inputs.parameters ?? []) {
    const hasOwn =
      input.value !== undefined || input.default !== undefined || input.valueFrom !== undefined
    if (!hasOwn && !given.has(input.name)) missing.push(`the parameter "${input.name}"`)
  }
  for (const input of template.inputs.artifacts ?? []) {
    const hasOwn = input.optional === true || hasLocation(input)
    if (!hasOwn && !artifacts.has(input.name)) missing.push(`the artifact "${input.name}"`)
  }
  return missing
}
