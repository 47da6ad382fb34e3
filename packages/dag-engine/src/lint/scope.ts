import type { GoTime } from "@argo-ts/expr/values"
import { isJsonObject } from "@argo-ts/kernel"
import type { WorkflowStep } from "../api/step.js"
import type { Template } from "../api/template.js"
import { workflowFields } from "../api/validate/variables.js"
import { hintOf, type Unit } from "./world.js"

/** A value that stands for those an expression will see. All of upstream's variables are texts. */
export type Sample =
  | string
  | number
  | GoTime
  | readonly string[]
  | { readonly [key: string]: Sample }

/** What a name is, seen from one place. */
export type Sight =
  | {
      readonly is: "value"
      readonly sample: Sample
      /** The phases that it can take. */
      readonly phases?: readonly string[]
      /** The path on which it is absent. */
      readonly absent?: string
    }
  /** A map, or something about which nothing is known. */
  | { readonly is: "open" }
  | { readonly is: "unknown"; readonly message: string; readonly hint?: string | undefined }

/** Judges a name by its path; `undefined` where the root is none of its own. */
export type Scope = (path: readonly string[]) => Sight | undefined

/** The phases of nodes. */
export const nodePhases: readonly string[] = [
  "Pending",
  "Running",
  "Succeeded",
  "Skipped",
  "Failed",
  "Error",
  "Omitted",
]
/** The phases of workflows. */
export const workflowPhases: readonly string[] = [
  "Pending",
  "Running",
  "Succeeded",
  "Failed",
  "Error",
]

/** A text whose reading as a number or JSON succeeds. */
const text: Sight = { is: "value", sample: "1" }
export const open: Sight = { is: "open" }

export function known(): Sight {
  return text
}

export function unknown(message: string, hint?: string): Sight {
  return { is: "unknown", message, ...(hint === undefined ? {} : { hint }) }
}

/** Asks one scope after the other. */
export function firstOf(...scopes: readonly Scope[]): Scope {
  return (path) => {
    for (const scope of scopes) {
      const sight = scope(path)
      if (sight !== undefined) return sight
    }
    return undefined
  }
}

/** What a workflow's globals are made of. */
export interface Globals {
  /** Names of the workflow's parameters; `undefined` where others may be added. */
  readonly parameters: ReadonlySet<string> | undefined
  /** Names of outputs with a `globalName`; `undefined` where others may be. */
  readonly outputs: ReadonlySet<string> | undefined
  readonly hasPriority: boolean
  /** Names of the workflow's labels and annotations; `undefined` where others may be added. */
  readonly labels?: ReadonlySet<string> | undefined
  readonly annotations?: ReadonlySet<string> | undefined
}

/** Labels and annotations of this domain are set by whoever makes and runs the workflow. */
const ownDomain = "workflows.argoproj.io/"

/** `workflow.…`. */
export function workflowScope(globals: Globals): Scope {
  return ([root, field, ...rest]) => {
    if (root !== "workflow") return undefined
    const [item, name] = rest
    if (field === undefined) return open
    if (!workflowFields.has(field)) {
      return unknown(`there is no workflow.${field}`, hintOf(field, workflowFields))
    }
    switch (field) {
      case "status":
        return { is: "value", sample: "Running", phases: workflowPhases }
      case "parameters":
        if (item === undefined) return open
        return item === "json" || globals.parameters?.has(item) !== false
          ? text
          : unknown(`the workflow has no argument "${item}"`, hintOf(item, globals.parameters))
      case "outputs":
        if (name === undefined || globals.outputs === undefined) return open
        return globals.outputs.has(name)
          ? text
          : unknown(`no output has the globalName "${name}"`, hintOf(name, globals.outputs))
      case "priority":
        return globals.hasPriority ? text : { ...text, absent: "the workflow sets no priority" }
      case "labels":
      case "annotations":
        return metadataSight(field, rest.join("."), globals[field])
      case "creationTimestamp":
        return text
      default:
        return item === undefined ? text : unknown(`workflow.${field} has no fields`)
    }
  }
}

function metadataSight(
  field: "labels" | "annotations",
  name: string,
  names: ReadonlySet<string> | undefined,
): Sight {
  if (name === "") return open
  if (name === "json" || names?.has(name) !== false || name.startsWith(ownDomain)) return text
  const noun = field === "labels" ? "label" : "annotation"
  return unknown(`the workflow has no ${noun} "${name}"`, hintOf(name, names))
}

/** `inputs.…` of a template. */
export function inputsScope(template: Template): Scope {
  const parameters = (template.inputs?.parameters ?? []).map(({ name }) => name)
  const artifacts = (template.inputs?.artifacts ?? []).map(({ name }) => name)
  return ([root, kind, name, field]) => {
    if (root !== "inputs") return undefined
    if (kind === undefined) return open
    if (kind !== "parameters" && kind !== "artifacts") {
      return unknown(
        "inputs have parameters and artifacts",
        hintOf(kind, ["parameters", "artifacts"]),
      )
    }
    if (name === undefined || name === "json") return open
    const declared = kind === "parameters" ? parameters : artifacts
    if (!declared.includes(name)) {
      return unknown(`the template declares no input "${name}"`, hintOf(name, declared))
    }
    if (kind === "artifacts") return field === undefined ? open : text
    return field === undefined ? text : unknown(`the parameter "${name}" is a text without fields`)
  }
}

/** Names that a running leaf has; `retries` and `lastRetry` where it is retried. */
export function leafScope(template: Template, isRetried: boolean): Scope {
  const attempts = retryScope()
  return (path) => {
    const [root, field, name] = path
    switch (root) {
      case "retries":
      case "lastRetry":
        return isRetried ? attempts(path) : unknown(`without a retryStrategy there is no ${root}`)
      case "pod":
      case "node":
        return field === undefined || field === "name" ? text : unknown(`${root} has a name only`)
      case "steps":
      case "tasks":
        if (field === "name" || field === undefined) return text
        return unknown("the steps of the caller are not in scope of a leaf template: pass an input")
      case "item":
        return unknown("the loop of the caller is not in scope of a leaf template: pass an input")
      case "outputs": {
        if (field === undefined || name === undefined) return open
        const lists = {
          parameters: template.outputs?.parameters,
          artifacts: template.outputs?.artifacts,
        }
        const declared =
          field === "parameters" || field === "artifacts"
            ? (lists[field] ?? []).map((output) => output.name)
            : []
        return declared.includes(name)
          ? text
          : unknown(`the template declares no output "${name}"`, hintOf(name, declared))
      }
      default:
        return undefined
    }
  }
}

const lastRetryFields = ["exitCode", "status", "duration", "message"]

/** `retries` and `lastRetry.…`. */
export function retryScope(): Scope {
  return ([root, field]) => {
    if (root === "retries") return text
    if (root !== "lastRetry") return undefined
    if (field === undefined) return open
    if (!lastRetryFields.includes(field)) {
      return unknown(`there is no lastRetry.${field}`, hintOf(field, lastRetryFields))
    }
    return field === "status" ? { is: "value", sample: "Failed", phases: nodePhases } : text
  }
}

/** `item` and its keys, in the fields of a looped step. */
export function itemScope(step: WorkflowStep): Scope {
  const { withItems, withParam, withSequence } = step
  const items = withItems ?? []
  const isFixed =
    items.length > 0 && items.every((item) => typeof item !== "string" || !item.includes("{{"))
  return ([root, key]) => {
    if (root !== "item") return undefined
    if (withItems === undefined && (withParam ?? "") === "" && withSequence === undefined) {
      return unknown("there is no loop here")
    }
    if (key === undefined) return text
    if (withSequence !== undefined)
      return unknown("the items of a sequence are numbers without fields")
    if (!isFixed) return text
    const maps = items.filter(isJsonObject)
    const having = maps.filter((item) => Object.hasOwn(item, key))
    if (having.length === 0) {
      return unknown(`no item has the key "${key}"`, hintOf(key, maps.flatMap(Object.keys)))
    }
    if (having.length === items.length) return text
    const index = items.findIndex((item) => !isJsonObject(item) || !Object.hasOwn(item, key))
    return { is: "value", sample: "1", absent: `item ${index} of withItems has no key "${key}"` }
  }
}

/** The environment that templates of one spec share. */
export function unitScope(unit: Unit, globals: Globals): Scope {
  return workflowScope(
    unit.spec.priority === undefined ? globals : { ...globals, hasPriority: true },
  )
}
