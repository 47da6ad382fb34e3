import {
  failed,
  type Issue,
  type IssuePath,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
} from "@argo-ts/kernel"
import { validate } from "@argo-ts/kernel/validation"
import { compileExpression } from "../core/languages.js"
import type { CronWorkflow } from "./cron-workflow.js"
import type { WorkflowEventBinding } from "./event-binding.js"
import { schemas } from "./schema.gen.js"
import { checkDataNames } from "./validate/context.js"
import { checkSpec } from "./validate/spec.js"
import type { ClusterWorkflowTemplate, Workflow, WorkflowTemplate } from "./workflow.js"

/**
 * Reads a Workflow: every field is known and of the right type, and every rule of upstream's lint that concerns it
 * holds; else all issues at once. References to stored templates are checked when the workflow runs.
 */
export function parseWorkflow(value: unknown): Result<Workflow> {
  return parse<Workflow>(value, "Workflow")
}

/** Reads a WorkflowTemplate; see {@link parseWorkflow}. */
export function parseWorkflowTemplate(value: unknown): Result<WorkflowTemplate> {
  return parse<WorkflowTemplate>(value, "WorkflowTemplate")
}

/** Reads a ClusterWorkflowTemplate; see {@link parseWorkflow}. */
export function parseClusterWorkflowTemplate(value: unknown): Result<ClusterWorkflowTemplate> {
  return parse<ClusterWorkflowTemplate>(value, "ClusterWorkflowTemplate")
}

/** Reads a WorkflowEventBinding: its fields, and that its expressions can be read. */
export function parseWorkflowEventBinding(value: unknown): Result<WorkflowEventBinding> {
  return parse<WorkflowEventBinding>(value, "WorkflowEventBinding")
}

/** True where there may be a null somewhere; most manifests have none, and then nobody need look closer. */
function mayHoldNull(value: unknown, depth: number): boolean {
  if (value === null) return true
  if (typeof value !== "object" || depth > depthMax) return false
  if (Array.isArray(value)) {
    // What is no JSON at all comes from programs: an item that is undefined is as absent as null.
    for (const item of value) if (item === undefined || mayHoldNull(item, depth + 1)) return true
    return false
  }
  for (const key in value) {
    if (mayHoldNull((value as { readonly [key: string]: unknown })[key], depth + 1)) return true
  }
  return false
}

/** A Go decoder reads null as absent; so does everything below. Items of loops keep theirs: they are data. */
function withoutNulls(value: JsonValue, depth: number): JsonValue {
  if (typeof value !== "object" || value === null || depth > depthMax) return value
  if (Array.isArray(value)) {
    let list: JsonValue[] | undefined
    for (const [index, item] of value.entries()) {
      const inner = withoutNulls(item as JsonValue, depth + 1)
      if (inner !== item) {
        list ??= [...(value as readonly JsonValue[])]
        list[index] = inner
      }
    }
    return list ?? value
  }
  return objectWithoutNulls(value as JsonObject, depth)
}

function objectWithoutNulls(object: JsonObject, depth: number): JsonObject {
  let copy: { [key: string]: JsonValue } | undefined
  for (const key of Object.keys(object)) {
    const item = object[key] as JsonValue
    const inner = key === "withItems" ? item : withoutNulls(item, depth + 1)
    if (inner !== null && inner === item) continue
    copy ??= Object.assign(Object.create(null) as { [key: string]: JsonValue }, object)
    if (inner === null) delete copy[key]
    else copy[key] = inner
  }
  return copy ?? object
}

/** Lists of loops and bodies of plugins are data: their items may be null. Everywhere else an item is missing. */
function nullItems(value: JsonValue, path: IssuePath, depth: number): readonly Issue[] {
  if (typeof value !== "object" || value === null || depth > depthMax) return []
  if (!Array.isArray(value)) {
    const object = value as JsonObject
    return Object.keys(object).flatMap((key) =>
      key === "withItems" || key === "plugin"
        ? []
        : nullItems(object[key] ?? null, [...path, key], depth + 1),
    )
  }
  return (value as readonly JsonValue[]).flatMap((item, index) => {
    const at = [...path, index]
    if ((item ?? null) !== null) return nullItems(item, at, depth + 1)
    return [{ code: "InvalidValue", path: at, message: "expected an item of the list, found null" }]
  })
}

const depthMax = 256
const nameMax = 63
/** Its runs add a hyphen and ten digits. */
const cronNameMax = 52

function parse<
  T extends Workflow | WorkflowTemplate | ClusterWorkflowTemplate | WorkflowEventBinding,
>(value: unknown, kind: T["kind"]): Result<T> {
  const { issues, object } = inspect(value, kind)
  return issues.length > 0 || object === undefined ? failed(issues) : ok(object as unknown as T)
}

/** A manifest as far as it can be read. */
export interface Inspection {
  readonly issues: readonly Issue[]
  /** Absent where fields have values of the wrong type, or the kind is none of this engine. */
  readonly object?: JsonObject
}

/** Reads a manifest for whoever judges it further: every issue, and the object where its shape is right. */
export function inspectManifest(value: unknown): Inspection {
  const kind = isJsonObject(value) ? value["kind"] : undefined
  const known = kinds.find((each) => each === kind)
  return known === undefined ? { issues: [] } : inspect(value, known)
}

const kinds = [
  "Workflow",
  "WorkflowTemplate",
  "ClusterWorkflowTemplate",
  "CronWorkflow",
  "WorkflowEventBinding",
] as const

function inspect(value: unknown, kind: (typeof kinds)[number]): Inspection {
  const issues: Issue[] = [...validate(schemas(), kind, value)]
  // What has no end is walked no further.
  if (issues[0]?.code === "EndlessValue") return { issues }
  const hasNulls = mayHoldNull(value, 0)
  if (hasNulls && isJsonObject(value)) {
    for (const part of ["spec", "status"]) {
      issues.push(...nullItems(value[part] ?? null, [part], 0))
    }
  }
  if (issues.some((issue) => issue.code === "InvalidValue") || !isJsonObject(value)) {
    return { issues }
  }
  const object = hasNulls ? (withoutNulls(value, 0) as JsonObject) : value
  const manifest = object as unknown as Workflow
  issues.push(...checkName(manifest, kind === "CronWorkflow" ? cronNameMax : nameMax))
  if (kind === "CronWorkflow") issues.push(...checkCron(object as unknown as CronWorkflow))
  else if (kind === "WorkflowEventBinding") {
    issues.push(...checkBinding(object as unknown as WorkflowEventBinding))
  } else issues.push(...checkSpec(manifest.spec, { isWorkflow: kind === "Workflow" }))
  return { issues, object }
}

/** Everything about a CronWorkflow but its schedules, which `@argo-ts/dag-engine/cron` reads. */
function checkCron({ spec }: CronWorkflow): readonly Issue[] {
  const issues: Issue[] = checkSpec(spec.workflowSpec, { isWorkflow: true }).map((issue) => ({
    ...issue,
    path: ["spec", "workflowSpec", ...issue.path.slice(1)],
  }))
  const { startingDeadlineSeconds } = spec
  if (startingDeadlineSeconds !== undefined && startingDeadlineSeconds < 0) {
    const path = ["spec", "startingDeadlineSeconds"]
    const message = `counts seconds, found ${startingDeadlineSeconds}`
    issues.push({ code: "InvalidValue", path, message })
  }
  const { expression } = spec.stopStrategy ?? {}
  return [...issues, ...checkExpression(["spec", "stopStrategy", "expression"], expression)]
}

function checkBinding({ spec }: WorkflowEventBinding): readonly Issue[] {
  const issues = [...checkExpression(["spec", "event", "selector"], spec.event.selector)]
  const parameters = spec.submit?.arguments?.parameters ?? []
  checkDataNames({ issues }, ["spec", "submit", "arguments", "parameters"], parameters)
  for (const [index, { valueFrom }] of (spec.submit?.arguments?.parameters ?? []).entries()) {
    const path = ["spec", "submit", "arguments", "parameters", index, "valueFrom", "event"]
    issues.push(...checkExpression(path, valueFrom?.event))
  }
  return issues
}

function checkExpression(path: IssuePath, source: string | undefined): readonly Issue[] {
  if (source === undefined) return []
  const { fault } = compileExpression(source)
  return fault === undefined ? [] : [{ code: "InvalidExpression", path, message: fault }]
}

function checkName(
  object: Pick<Workflow, "metadata"> & { readonly kind: string },
  longest: number,
): readonly Issue[] {
  const { name, generateName } = object.metadata
  for (const [field, value] of Object.entries({ name, generateName })) {
    if (value === undefined || typeof value === "string") continue
    const message = `expected a text, found ${Array.isArray(value) ? "a list" : typeof value}`
    return [{ code: "InvalidValue", path: ["metadata", field], message }]
  }
  if (name === undefined && generateName === undefined) {
    const message = `a ${object.kind} needs a name or a generateName`
    return [{ code: "InvalidValue", path: ["metadata", "name"], message }]
  }
  if (name === undefined || name.length <= longest) return []
  const message = `the name may have ${longest} characters, found ${name.length}`
  return [{ code: "InvalidValue", path: ["metadata", "name"], message }]
}
