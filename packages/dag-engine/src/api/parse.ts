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
import { schemas } from "./schema.gen.js"
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
    if (item !== null) return nullItems(item, at, depth + 1)
    return [{ code: "InvalidValue", path: at, message: "expected an item of the list, found null" }]
  })
}

const depthMax = 256
const nameMax = 63

function parse<T extends Workflow | WorkflowTemplate | ClusterWorkflowTemplate>(
  value: unknown,
  kind: T["kind"],
): Result<T> {
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

const kinds = ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"] as const

function inspect(value: unknown, kind: (typeof kinds)[number]): Inspection {
  const issues: Issue[] = [...validate(schemas(), kind, value)]
  if (isJsonObject(value)) issues.push(...nullItems(value["spec"] ?? null, ["spec"], 0))
  if (issues.some((issue) => issue.code === "InvalidValue") || !isJsonObject(value)) {
    return { issues }
  }
  const object = withoutNulls(value, 0) as JsonObject
  const manifest = object as unknown as Workflow
  issues.push(...checkName(manifest))
  issues.push(...checkSpec(manifest.spec, { isWorkflow: kind === "Workflow" }))
  return { issues, object }
}

function checkName(
  object: Workflow | WorkflowTemplate | ClusterWorkflowTemplate,
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
  if (name === undefined || name.length <= nameMax) return []
  const message = `the name may have ${nameMax} characters, found ${name.length}`
  return [{ code: "InvalidValue", path: ["metadata", "name"], message }]
}
