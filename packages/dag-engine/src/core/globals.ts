import { civilFromDays, type EpochMs, formatInstant, parseInstant } from "@argo-ts/kernel"
import type { Parameter } from "../api/parameter.js"
import type { WorkflowStatus } from "../api/status.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { scalarText } from "./compile-call.js"

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
  addMap(globals, "labels", { ...spec.workflowMetadata?.labels, ...metadata.labels })
  addMap(globals, "annotations", { ...spec.workflowMetadata?.annotations, ...metadata.annotations })
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
    list.push({ name: parameter.name, value: scalarText(value) })
  }
  globals.set("workflow.parameters", JSON.stringify(list))
  if (!globals.has("workflow.parameters.json")) {
    globals.set("workflow.parameters.json", JSON.stringify(list))
  }
}

function addMap(
  globals: Map<string, string>,
  field: string,
  map: { readonly [key: string]: string },
): void {
  for (const key of Object.keys(map)) globals.set(`workflow.${field}.${key}`, map[key] ?? "")
  globals.set(`workflow.${field}`, JSON.stringify(map))
  globals.set(`workflow.${field}.json`, JSON.stringify(map))
}

function addOutputs(globals: Map<string, string>, status: WorkflowStatus | undefined): void {
  for (const parameter of status?.outputs?.parameters ?? []) {
    if (parameter.value === undefined) continue
    globals.set(`workflow.outputs.parameters.${parameter.name}`, scalarText(parameter.value))
  }
}

const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
]
const dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

function addTimes(globals: Map<string, string>, timestamp: string): void {
  const parsed = parseInstant(timestamp)
  if (!parsed.ok) return
  const name = "workflow.creationTimestamp"
  globals.set(name, formatInstant(parsed.value))
  globals.set(`${name}.RFC3339`, formatInstant(parsed.value))
  globals.set(`${name}.s`, String(Math.floor(parsed.value / 1000)))
  for (const [letter, text] of strftime(parsed.value)) globals.set(`${name}.${letter}`, text)
}

function strftime(at: EpochMs): readonly (readonly [string, string])[] {
  const days = Math.floor(at / 86_400_000)
  const { year, month, day } = civilFromDays(days)
  const ofDay = at - days * 86_400_000
  const hour = Math.floor(ofDay / 3_600_000)
  const two = (value: number): string => String(value).padStart(2, "0")
  const monthName = monthNames[month - 1] ?? ""
  const dayName = dayNames[(((days + 4) % 7) + 7) % 7] ?? ""
  return [
    ["B", monthName],
    ["b", monthName.slice(0, 3)],
    ["m", two(month)],
    ["A", dayName],
    ["a", dayName.slice(0, 3)],
    ["d", two(day)],
    ["H", two(hour)],
    ["I", two(hour % 12 === 0 ? 12 : hour % 12)],
    ["M", two(Math.floor(ofDay / 60_000) % 60)],
    ["S", two(Math.floor(ofDay / 1000) % 60)],
    ["Y", String(year)],
    ["y", two(year % 100)],
    ["p", hour < 12 ? "AM" : "PM"],
    ["Z", "UTC"],
    ["z", "+0000"],
    ["L", String(Math.floor(ofDay) % 1000).padStart(3, "0")],
  ]
}
