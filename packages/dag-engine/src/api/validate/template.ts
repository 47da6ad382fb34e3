import type { IssuePath } from "@argo-ts/kernel"
import { parseDuration } from "@argo-ts/kernel"
import type { Template } from "../template.js"
import { checkEnum, checkSources, hasLocation, sourcesOf } from "./arguments.js"
import { type Context, checkCollection, checkDataNames, hasTag, report } from "./context.js"
import { checkDag } from "./dag.js"
import { checkLeafKinds } from "./leaf.js"
import { checkSteps } from "./steps.js"
import { checkSynchronization } from "./synchronization.js"
import { checkVariables } from "./variables.js"

const kinds = [
  "container",
  "script",
  "steps",
  "dag",
  "suspend",
  "resource",
  "http",
  "containerSet",
  "data",
  "plugin",
] as const

/** Every rule that concerns one template. */
export function checkTemplate(context: Context, path: IssuePath, template: Template): void {
  const found = kinds.filter((kind) => template[kind] !== undefined)
  if (found.length !== 1) {
    const finding = found.length === 0 ? "found none" : `found ${found.join(" and ")}`
    report(context, path, `a template is exactly one of ${kinds.join(", ")}; ${finding}`)
  }
  checkInputs(context, path, template)
  checkOutputs(context, path, template)
  checkLeaf(context, path, template)
  checkLeafKinds(context, path, template)
  checkLimits(context, path, template)
  if (template.synchronization !== undefined) {
    checkSynchronization(context, [...path, "synchronization"], template.synchronization)
  }
  if (template.steps !== undefined) checkSteps(context, path, template)
  if (template.dag !== undefined) checkDag(context, path, template)
  checkVariables(context, path, template)
  for (const [group, steps] of (template.steps ?? []).entries()) {
    for (const [index, step] of steps.entries()) {
      if (step.inline === undefined) continue
      checkTemplate(context, [...path, "steps", group, index, "inline"], step.inline)
    }
  }
  for (const [index, task] of (template.dag?.tasks ?? []).entries()) {
    if (task.inline === undefined) continue
    checkTemplate(context, [...path, "dag", "tasks", index, "inline"], task.inline)
  }
}

function isLeaf(template: Template): boolean {
  return (
    template.steps === undefined && template.dag === undefined && template.suspend === undefined
  )
}

function checkInputs(context: Context, path: IssuePath, template: Template): void {
  const { inputs } = template
  if (inputs === undefined) return
  checkDataNames(context, [...path, "inputs", "parameters"], inputs.parameters ?? [])
  checkDataNames(context, [...path, "inputs", "artifacts"], inputs.artifacts ?? [])
  for (const [index, parameter] of (inputs.parameters ?? []).entries()) {
    const at = [...path, "inputs", "parameters", index]
    checkEnum(context, at, parameter)
    checkSources(context, at, parameter, ["configMapKeyRef", "supplied"])
  }
  const paths = new Map<string, string>()
  for (const [index, artifact] of (inputs.artifacts ?? []).entries()) {
    const at = [...path, "inputs", "artifacts", index]
    if (artifact.from !== undefined) {
      report(context, [...at, "from"], "is legal in arguments and outputs only")
    }
    if (artifact.path === undefined && isLeaf(template) && template.data === undefined) {
      report(context, [...at, "path"], `the artifact "${artifact.name}" needs a path to be put at`)
    }
    if (artifact.path === undefined) continue
    if (!isLeaf(template)) {
      report(context, [...at, "path"], "is legal in templates of pods only: steps pass it on")
    }
    const other = paths.get(artifact.path)
    if (other !== undefined) {
      report(
        context,
        [...at, "path"],
        `"${artifact.name}" and "${other}" are both put at ${artifact.path}`,
      )
    }
    paths.set(artifact.path, artifact.name)
  }
}

const outputSources: { readonly [kind: string]: readonly string[] } = {
  leaf: ["path"],
  body: ["parameter", "expression"],
  suspend: ["supplied"],
}

function checkOutputs(context: Context, path: IssuePath, template: Template): void {
  const { outputs } = template
  if (outputs === undefined) return
  checkDataNames(context, [...path, "outputs", "parameters"], outputs.parameters ?? [])
  checkDataNames(context, [...path, "outputs", "artifacts"], outputs.artifacts ?? [], {
    mayHoldTags: isLeaf(template),
  })
  const kind = isLeaf(template) ? "leaf" : template.suspend === undefined ? "body" : "suspend"
  for (const [index, parameter] of (outputs.parameters ?? []).entries()) {
    const at = [...path, "outputs", "parameters", index]
    checkEnum(context, at, parameter)
    checkGlobalName(context, at, parameter.globalName)
    if (template.resource !== undefined || template.http !== undefined) continue
    checkSources(context, at, parameter, outputSources[kind] ?? [])
    const count = sourcesOf(parameter).length + (parameter.value === undefined ? 0 : 1)
    if (count === 1) continue
    const expected = (outputSources[kind] ?? []).join(" or ")
    report(
      context,
      at,
      `the output "${parameter.name}" has exactly one source (valueFrom.${expected}), found ${count}`,
    )
  }
  for (const [index, artifact] of (outputs.artifacts ?? []).entries()) {
    const at = [...path, "outputs", "artifacts", index]
    checkGlobalName(context, at, artifact.globalName)
    checkCollection(context, [...at, "artifactGC"], artifact.artifactGC)
    if (kind === "leaf" && artifact.path === undefined) {
      report(
        context,
        [...at, "path"],
        `the output artifact "${artifact.name}" needs the path it is left at`,
      )
    }
    if (artifact.git !== undefined) {
      report(context, [...at, "git"], "can only be read: an output needs another location")
    }
    if (kind === "leaf" && artifact.from !== undefined) {
      report(context, [...at, "from"], "is legal in outputs of steps and dag templates only")
    }
    const hasSource = artifact.from !== undefined || artifact.fromExpression !== undefined
    if (kind === "body" && !hasSource) {
      report(
        context,
        [...at, "from"],
        `the output artifact "${artifact.name}" says not which artifact it is`,
      )
    }
    if (kind === "body" && artifact.path !== undefined) {
      report(context, [...at, "path"], "is legal in container and script templates only")
    }
    if (artifact.from !== undefined && artifact.fromExpression !== undefined) {
      report(context, at, `of "from" and "fromExpression" only one`)
    }
    if (artifact.from !== undefined && hasLocation(artifact)) {
      report(context, [...at, "from"], "an artifact with a location of its own has no from")
    }
  }
}

function checkGlobalName(context: Context, path: IssuePath, name: string | undefined): void {
  if (name === undefined || hasTag(name) || /^[-a-zA-Z0-9_]+$/.test(name)) return
  const message = `a global name has letters, digits, "-" and "_" only, found ${JSON.stringify(name)}`
  report(context, [...path, "globalName"], message)
}

function checkLeaf(context: Context, path: IssuePath, template: Template): void {
  for (const kind of ["container", "script"] as const) {
    const container = template[kind]
    if (container === undefined) continue
    const isMissing = container.image === undefined || container.image === ""
    if (isMissing && context.spec.templateDefaults?.[kind]?.image === undefined) {
      report(context, [...path, kind, "image"], "names the image, and is missing")
    }
    if (container.env === undefined) continue
    checkEnv(context, [...path, kind, "env"], container.env)
  }
}

function checkEnv(
  context: Context,
  path: IssuePath,
  env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[],
): void {
  for (const [index, variable] of env.entries()) {
    if (variable.value !== undefined && variable.valueFrom !== undefined) {
      report(
        context,
        [...path, index],
        `"${variable.name}" has either value or valueFrom, found both`,
      )
    }
  }
}

function isBadDuration(value: string | number): boolean {
  const text = String(value)
  return !hasTag(text) && !/^\d+$/.test(text) && !parseDuration(text).ok
}

function checkLimits(context: Context, path: IssuePath, template: Template): void {
  const isBody = template.steps !== undefined || template.dag !== undefined
  for (const field of ["activeDeadlineSeconds", "timeout", "pendingTimeout"] as const) {
    if (isBody && template[field] !== undefined) {
      report(context, [...path, field], "is legal on leaf templates only")
    }
  }
  if (!isBody && template.parallelism !== undefined) {
    report(context, [...path, "parallelism"], "is legal on steps and dag templates only")
  }
  const { activeDeadlineSeconds, suspend, retryStrategy } = template
  if (
    activeDeadlineSeconds !== undefined &&
    !hasTag(String(activeDeadlineSeconds)) &&
    !(Number(activeDeadlineSeconds) > 0)
  ) {
    const message = `is a positive number of seconds, found ${JSON.stringify(activeDeadlineSeconds)}`
    report(context, [...path, "activeDeadlineSeconds"], message)
  }
  for (const field of ["timeout", "pendingTimeout"] as const) {
    const value = template[field]
    if (value === undefined || hasTag(value) || parseDuration(value).ok) continue
    report(context, [...path, field], `is a duration like 30s, found ${JSON.stringify(value)}`)
  }
  if (suspend?.duration !== undefined && isBadDuration(suspend.duration)) {
    const message = `is a number of seconds or a duration, found ${JSON.stringify(suspend.duration)}`
    report(context, [...path, "suspend", "duration"], message)
  }
  const { limit, backoff } = retryStrategy ?? {}
  const isOpen = limit === undefined || limit === "" || hasTag(String(limit))
  if (!isOpen && !Number.isInteger(Number(limit))) {
    const message = `is a whole number, found ${JSON.stringify(limit)}`
    report(context, [...path, "retryStrategy", "limit"], message)
  }
  if (backoff === undefined) return
  const at = [...path, "retryStrategy", "backoff"]
  if (backoff.duration === undefined)
    report(context, [...at, "duration"], "is required, and missing")
  for (const field of ["duration", "maxDuration", "cap"] as const) {
    const value = backoff[field]
    if (value !== undefined && value !== "" && isBadDuration(value)) {
      report(
        context,
        [...at, field],
        `is a number of seconds or a duration, found ${JSON.stringify(value)}`,
      )
    }
  }
}
