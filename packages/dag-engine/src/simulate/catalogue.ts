import type { LifecycleHook, WorkflowStep } from "../api/step.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"

/** What a workflow declares, as exploration names it. */
export interface Catalogue {
  /** `template/step` of every step and task that can be called. */
  readonly steps: ReadonlySet<string>
  /** `template/step.hooks.name`, `hooks.name`: every handler. */
  readonly handlers: ReadonlySet<string>
  /** Texts that a step's result or output parameter is compared with, by `step` and output. */
  readonly compared: ReadonlyMap<string, ReadonlySet<string>>
}

const comparison =
  /\{\{=?\s*(?:steps|tasks)(?:\.([\w-]+)|\[['"]([\w-]+)['"]\])\.outputs\.(result|parameters\.[\w-]+)\s*(?:\}\})?['"]?\s*(?:==|!=)\s*['"]?([\w.-]+)/g

/** Reads what can run, beginning at the entrypoint and the exit handlers. */
export function catalogueOf(spec: WorkflowSpec): Catalogue {
  const templates = new Map((spec.templates ?? []).map((each) => [each.name ?? "", each]))
  const steps = new Set<string>()
  const handlers = new Set<string>()
  const compared = new Map<string, Set<string>>()
  const seen = new Set<Template>()
  const waiting: Template[] = []
  const call = (name: string | undefined): void => {
    const template = name === undefined ? undefined : templates.get(name)
    if (template !== undefined && !seen.has(template)) waiting.push(template)
  }
  call(spec.entrypoint)
  addHooks("", spec, handlers, call)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    for (const step of [...(next.steps ?? []).flat(), ...(next.dag?.tasks ?? [])]) {
      const key = `${next.name ?? "inline"}/${step.name}`
      steps.add(key)
      addHooks(`${key}.`, step, handlers, call)
      call(step.template)
      if (step.inline !== undefined) waiting.push(step.inline)
      addCompared(compared, step)
    }
  }
  return { steps, handlers, compared }
}

function addHooks(
  prefix: string,
  owner: {
    readonly onExit?: string
    readonly hooks?: { readonly [name: string]: LifecycleHook }
  },
  handlers: Set<string>,
  call: (name: string | undefined) => void,
): void {
  for (const name of Object.keys(owner.hooks ?? {})) {
    if (name === "exit" && owner.onExit !== undefined) continue
    handlers.add(name === "exit" ? `${prefix}onExit` : `${prefix}hooks.${name}`)
    call(owner.hooks?.[name]?.template)
  }
  if (owner.onExit === undefined || owner.onExit === "") return
  handlers.add(`${prefix}onExit`)
  call(owner.onExit)
}

function addCompared(compared: Map<string, Set<string>>, step: WorkflowStep): void {
  for (const [, plain, indexed, output, value] of (step.when ?? "").matchAll(comparison)) {
    const key = `${plain ?? indexed ?? ""}\n${output ?? ""}`
    const values = compared.get(key) ?? new Set<string>()
    values.add(value ?? "")
    compared.set(key, values)
  }
}
