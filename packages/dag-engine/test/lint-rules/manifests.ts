import { describe, expect, test } from "vitest"
import { lintWorkflows } from "../../src/lint/index.js"

export const head = { apiVersion: "argoproj.io/v1alpha1", metadata: { name: "x" } }
export const box = { image: "alpine" }
export const leaf = { name: "leaf", container: box }
export const taking = { ...leaf, inputs: { parameters: [{ name: "p" }] } }
export const given = { arguments: { parameters: [{ name: "p", value: "v" }] } }
export const raw = { raw: { data: "" } }
export const long = "a".repeat(129)

export type Object_ = { readonly [field: string]: unknown }

/** `code path` of every error; where nothing calls a template is another test's concern. */
export function errors(...manifests: readonly Object_[]): readonly string[] {
  return lintWorkflows(manifests, { isClosed: true })
    .filter(({ severity }) => severity === "error")
    .map(({ code, path }) => `${code} ${path.join(".")}`)
}

export function workflow(spec: Object_, more: Object_ = {}): Object_ {
  return { ...head, kind: "Workflow", ...more, spec }
}

/** The first template is the entry; `leaf` is there where it is not among them. */
export function withTemplates(...templates: readonly Object_[]): Object_ {
  const all = templates.some(({ name }) => name === "leaf") ? templates : [...templates, leaf]
  return workflow({ entrypoint: templates[0]?.["name"] ?? "leaf", templates: all })
}

export const main = (more: Object_): Object_ => withTemplates({ name: "m", ...more })
export const pod = (more: Object_): Object_ => main({ container: box, ...more })
export const task = (more: Object_): Object_ => ({ name: "a", template: "leaf", ...more })
export const dag = (...tasks: readonly Object_[]): Object_ => main({ dag: { tasks } })
export const steps = (...groups: readonly (readonly Object_[])[]): Object_ =>
  main({ steps: groups })
export const spec = (more: Object_): Object_ =>
  workflow({ entrypoint: "leaf", templates: [leaf], ...more })
export const cron = (more: Object_): Object_ => ({
  ...head,
  kind: "CronWorkflow",
  spec: { schedules: ["@daily"], workflowSpec: { entrypoint: "leaf", templates: [leaf] }, ...more },
})
export const stored = (more: Object_): Object_ => ({
  ...head,
  kind: "WorkflowTemplate",
  spec: more,
})
export const binding = (more: Object_): Object_ => ({
  ...head,
  kind: "WorkflowEventBinding",
  spec: { event: { selector: "true" }, ...more },
})
export const named = (name: string, manifest: Object_): Object_ => ({
  ...manifest,
  metadata: { name },
})
export const inputs = (parameter: Object_): Object_ =>
  pod({ inputs: { parameters: [{ name: "p", default: "a", ...parameter }] } })
export const output = (parameter: Object_): Object_ =>
  pod({ outputs: { parameters: [{ name: "p", ...parameter }] } })
export const path = { valueFrom: { path: "/p" } }
export const m = "spec.templates.0"
export const a = `${m}.dag.tasks.0`

/** What is wrong, the manifests, and `code path` of each error. */
export type Row = readonly [string, Object_ | readonly Object_[], ...(readonly string[])]

export const set = (more: Object_, ...containers: readonly Object_[]): Object_ =>
  main({ containerSet: { containers }, ...more })
export const resource = (more: Object_): Object_ => main({ resource: { action: "get", ...more } })

export const submitting = (more: Object_): Object_ =>
  binding({ submit: { workflowTemplateRef: { name: "t" }, ...more } })
export const target = named(
  "t",
  stored({ entrypoint: "leaf", templates: [leaf], arguments: { parameters: [{ name: "p" }] } }),
)
export const event = (source: string, name = "p"): Object_ => ({
  arguments: { parameters: [{ name, valueFrom: { event: source } }] },
})

/** One test a row. */
export function describeRules(what: string, rows: readonly Row[]): void {
  describe(`rules of ${what}`, () => {
    test.each(rows)("%s", (_rule, manifests, ...expected) => {
      const all = Array.isArray(manifests) ? manifests : [manifests]
      expect(errors(...(all as readonly Object_[]))).toEqual(expected)
    })
  })
}
