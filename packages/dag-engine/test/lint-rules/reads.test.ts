import { describe, expect, test } from "vitest"
import {
  box,
  cron,
  errors,
  leaf,
  named,
  type Object_,
  stored,
  withTemplates,
  workflow,
} from "./manifests.js"

const reading = (...names: readonly string[]): Object_ => ({
  name: "read",
  container: { ...box, args: names.map((name) => `{{workflow.${name}}}`) },
})
const library = (...names: readonly string[]): Object_ =>
  named("lib", stored({ templates: [reading(...names)] }))
const calling = withTemplates({
  name: "m",
  steps: [[{ name: "a", templateRef: { name: "lib", template: "read" } }]],
})

describe("labels and annotations", () => {
  const own = { entrypoint: "read", templates: [reading("labels.team", "annotations.note.of/it")] }
  test("a run has those of its metadata and workflowMetadata, and Argo's own", () => {
    const given = { name: "x", labels: { team: "" }, annotations: { "note.of/it": "" } }
    expect(errors(workflow(own, { metadata: given }))).toEqual([])
    const labelsFrom = { team: { expression: "'a'" } }
    const added = { labelsFrom, annotations: { "note.of/it": "" } }
    expect(errors(workflow({ ...own, workflowMetadata: added }))).toEqual([])
    const argos = reading("labels.workflows.argoproj.io/cron-workflow", "labels", "labels.json")
    expect(errors(workflow({ entrypoint: "read", templates: [argos] }))).toEqual([])
  })

  test("and no others", () => {
    expect(errors(workflow(own))).toEqual([
      "UnresolvedTag spec.templates.0.container.args.0",
      "UnresolvedTag spec.templates.0.container.args.1",
    ])
  })

  test("a CronWorkflow's stay with it", () => {
    const manifest = {
      ...cron({ workflowSpec: own }),
      metadata: { name: "x", labels: { team: "" } },
    }
    const at = "spec.workflowSpec.templates.0.container.args"
    expect(errors(manifest)).toEqual([`UnresolvedTag ${at}.0`, `UnresolvedTag ${at}.1`])
    const workflowMetadata = { labels: { team: "" }, annotations: { "note.of/it": "" } }
    expect(errors(cron({ workflowSpec: own, workflowMetadata }))).toEqual([])
  })
})

describe("a template of another object reads", () => {
  test("what the run that calls it has: else the call is told of", () => {
    const lib = library("labels.team", "parameters.size")
    expect(errors(calling, lib)).toEqual([
      "UnresolvedTag spec.templates.0.steps.0.0",
      "UnresolvedTag spec.templates.0.steps.0.0",
    ])
    const given = { name: "x", labels: { team: "" } }
    const spec = {
      ...(calling["spec"] as Object_),
      arguments: { parameters: [{ name: "size", value: "1" }] },
    }
    expect(errors(workflow(spec, { metadata: given }), lib)).toEqual([])
  })

  test("through other objects too, and as a whole workflow", () => {
    const between = named(
      "between",
      stored({
        entrypoint: "go",
        templates: [
          {
            name: "go",
            dag: { tasks: [{ name: "a", templateRef: { name: "lib", template: "read" } }] },
          },
        ],
      }),
    )
    const whole = workflow({ workflowTemplateRef: { name: "between" } })
    expect(errors(whole, between, library("labels.team"))).toEqual([
      "UnresolvedTag spec.workflowTemplateRef.name",
    ])
  })

  test("no labels that its own object adds to whole workflows", () => {
    const workflowMetadata = { labels: { team: "" } }
    const spec = { entrypoint: "read", workflowMetadata, templates: [reading("labels.team")] }
    const lib = named("lib", stored(spec))
    expect(errors(calling, lib)).toEqual(["UnresolvedTag spec.templates.0.steps.0.0"])
    expect(errors(workflow({ workflowTemplateRef: { name: "lib" } }), lib)).toEqual([])
  })
})

describe("workflow.failures", () => {
  const spec = { entrypoint: "leaf", templates: [leaf, reading("failures")] }
  test.each([{ onExit: "read" }, { hooks: { exit: { template: "read" } } }])(
    "is there for an exit handler: %j",
    (handler) => {
      expect(errors(workflow({ ...spec, ...handler }))).toEqual([])
    },
  )

  test("is not where the entrypoint gets, by whatever way", () => {
    expect(errors(workflow({ ...spec, entrypoint: "read", onExit: "read" }))).toEqual([
      "UnresolvedTag spec.templates.1",
    ])
    expect(errors(calling, library("failures"))).toEqual([
      "UnresolvedTag spec.templates.0.steps.0.0",
    ])
    const exit = { exit: { templateRef: { name: "lib", template: "read" } } }
    const handled = workflow({ ...spec, templates: [leaf], hooks: exit })
    expect(errors(handled, library("failures"))).toEqual([])
  })
})
