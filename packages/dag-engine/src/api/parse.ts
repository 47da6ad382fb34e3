import {
  failed,
  type Issue,
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

const depthMax = 256
const nameMax = 63

function parse<T extends Workflow | WorkflowTemplate | ClusterWorkflowTemplate>(
  value: unknown,
  kind: T["kind"],
): Result<T> {
  const issues: Issue[] = [...validate(schemas(), kind, value)]
  if (issues.some((issue) => issue.code === "InvalidValue") || !isJsonObject(value)) {
    return failed(issues)
  }
  const object = withoutNulls(value, 0) as unknown as T
  issues.push(...checkName(object))
  issues.push(...checkSpec(object.spec, { isWorkflow: kind === "Workflow" }))
  return issues.length > 0 ? failed(issues) : ok(object)
}

function checkName(
  object: Workflow | WorkflowTemplate | ClusterWorkflowTemplate,
): readonly Issue[] {
  const { name, generateName } = object.metadata
  if (name === undefined && generateName === undefined) {
    const message = `a ${object.kind} needs a name or a generateName`
    return [{ code: "InvalidValue", path: ["metadata", "name"], message }]
  }
  if (name === undefined || name.length <= nameMax) return []
  const message = `the name may have ${nameMax} characters, found ${name.length}`
  return [{ code: "InvalidValue", path: ["metadata", "name"], message }]
}
