import { formatIssue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { type Artifact, parseWorkflow, type Template, type WorkflowStep } from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

const container = { image: "alpine" }
const make: Template = {
  name: "make",
  outputs: { artifacts: [{ name: "out", path: "/out" }] },
  container,
}
const take: Template = {
  name: "take",
  inputs: { artifacts: [{ name: "in", path: "/in" }] },
  container,
}
const leaf: Template = { name: "leaf", container }
const step = (name: string, template = name): WorkflowStep => ({ name, template })
const taking = (source: Partial<Artifact>, more: Partial<WorkflowStep> = {}): WorkflowStep => ({
  ...step("take"),
  arguments: { artifacts: [{ name: "in", ...source }] },
  ...more,
})

function workflow(main: Partial<Template>, ...more: readonly Template[]) {
  const templates = [{ name: "m", ...main }, make, take, leaf, ...more]
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: "m", templates },
  }
}

function issuesOf(main: Partial<Template>): readonly string[] {
  const parsed = parseWorkflow(workflow(main))
  return parsed.ok ? [] : parsed.issues.map(formatIssue)
}

/** Every way to name the same artifact. */
const ways = (name: string): readonly Partial<Artifact>[] => [
  { from: `{{${name}}}` },
  { from: `{{ ${name} }}` },
  { from: name },
  { from: `{{=${name}}}` },
  { fromExpression: name },
]

describe("what an artifact comes from is held against the groups of steps", () => {
  test.each(ways("steps.make.outputs.artifacts.out"))("an earlier group: %j", (source) => {
    expect(issuesOf({ steps: [[step("make")], [taking(source)]] })).toEqual([])
  })

  test.each([
    ...ways("steps.make.outputs.artifacts.out"),
    { fromExpression: "true ? steps['make'].outputs.artifacts.out : inputs.artifacts.out" },
  ])("its own group: %j", (source) => {
    const issues = issuesOf({ steps: [[step("make"), taking(source)]] })
    expect(issues.join()).toContain('"make" is not in an earlier group')
    expect(issues.join()).toContain("spec.templates[0].steps[0][1]")
  })

  test.each(ways("steps.maek.outputs.artifacts.out"))("a step that is not there: %j", (source) => {
    expect(issuesOf({ steps: [[step("make")], [taking(source)]] }).join()).toContain(
      'there is no step "maek" (did you mean "make"?)',
    )
  })

  test.each(ways("steps.make.outputs.artifacts.uot"))(
    "an output that is not there: %j",
    (source) => {
      expect(issuesOf({ steps: [[step("make")], [taking(source)]] }).join()).toContain(
        '"make" declares no output of that name (did you mean "out"?)',
      )
    },
  )

  test.each(ways("tasks.make.outputs.artifacts.out"))("no dependency: %j", (source) => {
    expect(issuesOf({ dag: { tasks: [step("make"), taking(source)] } }).join()).toContain(
      '"take" does not depend on "make" (missing dependency)',
    )
    const after = { ...taking(source), dependencies: ["make"] }
    expect(issuesOf({ dag: { tasks: [step("make"), after] } })).toEqual([])
  })

  test.each(ways("steps.maek.outputs.artifacts.out"))("of the template itself: %j", (source) => {
    const outputs = { artifacts: [{ name: "all", ...source }] }
    expect(issuesOf({ steps: [[step("make")]], outputs }).join()).toContain(
      'there is no step "maek" (did you mean "make"?)',
    )
  })

  test("absence that an expression provides for is none of this", () => {
    const fromExpression = "steps.maek?.outputs.artifacts.out ?? steps.make.outputs.artifacts.out"
    expect(issuesOf({ steps: [[step("make")], [taking({ fromExpression })]] })).toEqual([])
  })

  test.each(["{{steps.make.status}}", "steps.make.outputs.result", "make"])(
    "%s is no artifact",
    (from) => {
      expect(issuesOf({ steps: [[step("make")], [taking({ from })]] }).join()).toContain(
        "spec.templates[0].steps[1][0].arguments.artifacts[0].from: names an artifact: inputs.artifacts.…",
      )
    },
  )
})

async function run(main: Partial<Template>, ...more: readonly Template[]) {
  const { status } = await simulateWorkflow(workflow(main, ...more), {
    outcomes: [{ template: "broken", phase: "Failed" }],
  })
  return Object.fromEntries(
    Object.values(status?.nodes ?? {}).map(({ name, phase, message, inputs }) => [
      name,
      `${phase}${message === undefined ? "" : `: ${message}`}${inputs?.artifacts === undefined ? "" : " with it"}`,
    ]),
  )
}

const broken: Template = { ...make, name: "broken" }
const failing: WorkflowStep = { ...step("make", "broken"), continueOn: { failed: true } }

describe("what nobody has made", () => {
  test.each(ways("steps.make.outputs.artifacts.out"))(
    "keeps the whole group from starting: %j",
    async (source) => {
      const nodes = await run({ steps: [[failing], [step("leaf"), taking(source)]] }, broken)
      const from = source.from?.startsWith("{{=") ? undefined : source.from
      const name = from ?? "steps.make.outputs.artifacts.out"
      const message = `inputs.artifacts.in: ${name} is not there`
      expect(nodes).toMatchObject({ wf: `Failed: ${message}`, "wf[1]": `Error: ${message}` })
      expect(Object.keys(nodes)).toEqual(["wf", "wf[0]", "wf[0].make", "wf[1]"])
    },
  )

  test("is no matter where the input may be missing, or its step does not run", async () => {
    const from = "{{steps.make.outputs.artifacts.out}}"
    const lenient: Template = {
      ...take,
      name: "lenient",
      inputs: { artifacts: [{ name: "in", path: "/in", optional: true }] },
    }
    const nodes = await run(
      {
        steps: [
          [failing],
          [
            { ...taking({ from, optional: true }), name: "a", template: "lenient" },
            { ...taking({ from }), name: "b", template: "lenient" },
            { ...taking({ from }), name: "c", when: "false" },
          ],
        ],
      },
      broken,
      lenient,
    )
    expect(nodes).toMatchObject({
      "wf[1].a": "Succeeded",
      "wf[1].b": "Succeeded",
      "wf[1].c": "Skipped: when 'false' evaluated false",
    })
  })

  test("is missed by an input that has to be there, though the argument may be missing", async () => {
    const from = "{{steps.make.outputs.artifacts.out}}"
    const nodes = await run({ steps: [[failing], [taking({ from, optional: true })]] }, broken)
    const message = `inputs.artifacts.in: ${from} is not there`
    expect(nodes).toMatchObject({
      "wf[1]": `Error: step group deemed errored due to child wf[1].take error: ${message}`,
      "wf[1].take": `Error: ${message}`,
    })
  })

  test("of a step that was skipped is the matter of whoever takes it", async () => {
    const from = "{{steps.make.outputs.artifacts.out}}"
    const skipped = { ...step("make"), when: "false" }
    const nodes = await run({ steps: [[skipped], [step("leaf"), taking({ from })]] })
    expect(nodes).toMatchObject({ "wf[1].leaf": "Succeeded", "wf[1].take": expect.any(String) })
  })
})

test.each([
  ...ways("steps.make.outputs.artifacts.out"),
  { from: "{{steps.make.outputs.artifacts.{{inputs.parameters.which}}}}" },
])("%j hands the artifact on", async (source) => {
  const inputs = { parameters: [{ name: "which", value: "out" }] }
  const nodes = await run({ inputs, steps: [[step("make")], [taking(source)]] })
  expect(nodes["wf[1].take"]).toBe("Succeeded with it")
})
