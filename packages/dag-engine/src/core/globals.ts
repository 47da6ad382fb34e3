import { goTime, strftime, strftimeLetters } from "@argo-ts/expr/go"
import { formatInstant, type JsonValue, parseInstant } from "@argo-ts/kernel"
import type { Parameter } from "../api/parameter.js"
import type { WorkflowStatus } from "../api/status.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { scalarText } from "./compile-call.js"
import { marshal } from "./go-json.js"
import { inKeyOrder } from "./loops.js"

/** `workflow.…` as every template sees it. */
export function globalsOf(workflow: Workflow, spec: WorkflowSpec): Map<string, string> {
  const globals = new Map<string, string>()
  const { metadata } = workflow
  globals.set("workflow.name", metadata.name ?? "")
  globals.set("workflow.namespace", metadata.namespace ?? "default")
  globals.set("workflow.uid", metadata.uid ?? "")
  globals.set("workflow.mainEntrypoint", spec.entrypoint ?? "")
  globals.set("workflow.serviceAccountName", spec.serviceAccountName ?? "default")
  globals.set("workflow.status", "Running")
  if (spec.priority !== undefined) globals.set("workflow.priority", String(spec.priority))
  addParameters(globals, spec.arguments?.parameters ?? [])
  addMap(globals, "labels", metadata.labels ?? {})
  addMap(globals, "annotations", metadata.annotations ?? {})
  if (metadata.creationTimestamp !== undefined) addTimes(globals, metadata.creationTimestamp)
  const scheduled = metadata.annotations?.["workflows.argoproj.io/scheduled-time"]
  if (scheduled !== undefined) globals.set("workflow.scheduledTime", scheduled)
  addOutputs(globals, workflow.status)
  return globals
}

function addParameters(globals: Map<string, string>, parameters: readonly Parameter[]): void {
  const list = []
  for (const parameter of parameters) {
    const value = parameter.value ?? parameter.default ?? parameter.valueFrom?.default
    if (value === undefined) continue
    globals.set(`workflow.parameters.${parameter.name}`, scalarText(value))
    list.push(written(parameter))
  }
  const json = marshal(list as unknown as JsonValue)
  globals.set("workflow.parameters", json)
  if (!globals.has("workflow.parameters.json")) {
    globals.set("workflow.parameters.json", json)
  }
}

/** A parameter as upstream's JSON has it: fields in its order, scalars as texts. */
function written(parameter: Parameter): Parameter {
  const { name, default: other, value, valueFrom, globalName, description } = parameter
  return {
    name,
    ...(other === undefined ? {} : { default: scalarText(other) }),
    ...(value === undefined ? {} : { value: scalarText(value) }),
    ...(valueFrom === undefined ? {} : { valueFrom }),
    ...(globalName === undefined ? {} : { globalName }),
    ...(parameter.enum === undefined ? {} : { enum: parameter.enum.map(scalarText) }),
    ...(description === undefined ? {} : { description }),
  }
}

function addMap(
  globals: Map<string, string>,
  field: string,
  map: { readonly [key: string]: string },
): void {
  for (const key of Object.keys(map)) globals.set(`workflow.${field}.${key}`, map[key] ?? "")
  const json = marshal(inKeyOrder(map))
  globals.set(`workflow.${field}`, json)
  globals.set(`workflow.${field}.json`, json)
}

function addOutputs(globals: Map<string, string>, status: WorkflowStatus | undefined): void {
  for (const parameter of status?.outputs?.parameters ?? []) {
    if (parameter.value === undefined) continue
    globals.set(`workflow.outputs.parameters.${parameter.name}`, scalarText(parameter.value))
  }
}

function addTimes(globals: Map<string, string>, timestamp: string): void {
  const parsed = parseInstant(timestamp)
  if (!parsed.ok) return
  const name = "workflow.creationTimestamp"
  globals.set(name, formatInstant(parsed.value))
  globals.set(`${name}.RFC3339`, formatInstant(parsed.value))
  globals.set(`${name}.s`, String(Math.floor(parsed.value / 1000)))
  const time = goTime(parsed.value)
  for (const letter of strftimeLetters) {
    globals.set(`${name}.${letter}`, strftime(time, `%${letter}`))
  }
}
