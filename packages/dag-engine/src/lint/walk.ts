import { type IssuePath, isJsonObject, type JsonValue } from "@argo-ts/kernel"
import type { DagTask, LifecycleHook, WorkflowStep } from "../api/step.js"
import type { Template } from "../api/template.js"
import type { Unit } from "./world.js"

/** A template and where it stands. */
export interface PlacedTemplate {
  readonly path: IssuePath
  readonly template: Template
}

/** A step or task and where it stands. */
export interface PlacedStep {
  readonly path: IssuePath
  /** A DAG's tasks have `depends` besides. */
  readonly step: DagTask
  /** The index of its group; -1 for tasks. */
  readonly group: number
}

/** A hook of a step or workflow and where it stands. */
export interface PlacedHook {
  readonly path: IssuePath
  readonly name: string
  readonly hook: LifecycleHook
}

/** The steps or tasks of a template. */
export function stepsOf({ path, template }: PlacedTemplate): readonly PlacedStep[] {
  const steps = (template.steps ?? []).flatMap((group, index) =>
    group.map((step, place) => ({ path: [...path, "steps", index, place], step, group: index })),
  )
  const tasks = (template.dag?.tasks ?? []).map((step, index) => ({
    path: [...path, "dag", "tasks", index],
    step,
    group: -1,
  }))
  return [...steps, ...tasks]
}

/** Every template of a spec, inline ones included. */
export function templatesOf(unit: Unit): readonly PlacedTemplate[] {
  const found: PlacedTemplate[] = []
  const open: PlacedTemplate[] = (unit.spec.templates ?? []).map((template, index) => ({
    path: [...unit.at, "templates", index],
    template,
  }))
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    found.push(next)
    for (const { path, step } of stepsOf(next)) {
      if (step.inline !== undefined) open.push({ path: [...path, "inline"], template: step.inline })
    }
  }
  return found
}

/** The hooks of a step or spec; `onExit` is the old form of `hooks.exit`. */
export function hooksOf(
  path: IssuePath,
  owner: Pick<WorkflowStep, "hooks" | "onExit">,
): readonly PlacedHook[] {
  const hooks = Object.keys(owner.hooks ?? {}).map((name) => ({
    path: [...path, "hooks", name],
    name,
    hook: owner.hooks?.[name] ?? {},
  }))
  if (owner.onExit === undefined || owner.onExit === "") return hooks
  return [...hooks, { path: [...path, "onExit"], name: "exit", hook: { template: owner.onExit } }]
}

/** A text inside a value. */
export interface PlacedText {
  readonly path: IssuePath
  readonly text: string
}

const depthMax = 200

/** Every text with a tag inside a value. */
export function textsOf(path: IssuePath, value: unknown): readonly PlacedText[] {
  const found: PlacedText[] = []
  collect(found, path, value as JsonValue, 0)
  return found
}

function collect(found: PlacedText[], path: IssuePath, value: JsonValue, depth: number): void {
  if (typeof value === "string") {
    if (value.includes("{{")) found.push({ path, text: value })
    return
  }
  if (depth > depthMax || typeof value !== "object" || value === null) return
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(found, [...path, index], item, depth + 1)
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      collect(found, [...path, key], value[key] ?? null, depth + 1)
    }
  }
}
