import { describe, expect, test } from "vitest"
import { lintWorkflows } from "../../src/lint/index.js"
import { box, type Object_, pod, withTemplates } from "./manifests.js"

/** `code path: message (hint)` of everything but templates that nothing calls. */
function findings(...manifests: readonly Object_[]): readonly string[] {
  return lintWorkflows(manifests, { isClosed: true })
    .filter(({ message }) => !message.startsWith("nothing calls"))
    .map(({ code, path, message, hint }) => {
      const more = hint === undefined ? "" : ` (${hint})`
      return `${code} ${path.join(".")}: ${message}${more}`
    })
}

const m = "spec.templates.0"
const made = {
  name: "make",
  outputs: {
    parameters: [{ name: "out", valueFrom: { path: "/o" } }],
    artifacts: [{ name: "file", path: "/f" }],
  },
  container: box,
}
const taking = { name: "take", inputs: { parameters: [{ name: "p" }] }, container: box }

/** A first task or step `a`, and `b` after it that is given a value. */
function after(root: "tasks" | "steps", value: string, first: Object_ = {}): Object_ {
  const a = { name: "a", template: "make", ...first }
  const b = {
    name: "b",
    template: "take",
    arguments: { parameters: [{ name: "p", value }] },
  }
  const body =
    root === "steps" ? { steps: [[a], [b]] } : { dag: { tasks: [a, { ...b, depends: "a" }] } }
  return withTemplates({ name: "m", ...body }, made, taking)
}
const given = {
  tasks: `${m}.dag.tasks.1.arguments.parameters.0.value`,
  steps: `${m}.steps.1.0.arguments.parameters.0.value`,
}

describe.each(["tasks", "steps"] as const)("%s", (root) => {
  const noun = root === "tasks" ? "task" : "step"
  test.each([
    `{{${root}.a.outputs.result}}`,
    `{{${root}.a.outputs.parameters.out}}`,
    `{{${root}.a.exitCode}}`,
    `{{${root}.a.status}} {{${root}.a.id}} {{${root}.a.ip}} {{${root}.a.startedAt}} {{${root}.name}}`,
    `{{=${root}.a.outputs.parameters.out + ${root}['a'].status}}`,
    `{{=toJson(${root}.a)}} {{=toJson(${root}.a.outputs)}} {{=toJson(${root})}}`,
  ])("%s is there", (value) => {
    expect(findings(after(root, value))).toEqual([])
  })
  test.each([
    [`${root}.aa.outputs.result`, `there is no ${noun} "aa" (did you mean "a"?)`],
    [`${root}.a.stauts`, `${root}.a has no "stauts" (did you mean "status"?)`],
    [
      `${root}.a.outputs.paramters.out`,
      'outputs have result, parameters, artifacts (did you mean "parameters"?)',
    ],
    [
      `${root}.a.outputs.exitCode`,
      `outputs have result, parameters, artifacts (it is ${root}.a.exitCode)`,
    ],
    [
      `${root}.a.outputs.parameters.oot`,
      '"make" declares no output of that name (did you mean "out"?)',
    ],
    [
      `${root}.a.outputs.artifacts.fil`,
      '"make" declares no output of that name (did you mean "file"?)',
    ],
    [`${root}.a.outputs.parameters.out.x`, 'the parameter "out" is a text without fields'],
  ])("%s is not", (name, why) => {
    expect(findings(after(root, `{{=${name}}}`))).toEqual([
      `UnknownReference ${given[root]}: failed to resolve ${name}: ${why}`,
    ])
  })
  test("the other kind of body is not", () => {
    const other = root === "tasks" ? "steps" : "tasks"
    const kind = root === "tasks" ? "dag" : "steps"
    expect(findings(after(root, `{{=${other}.a.status}}`))).toEqual([
      `UnknownReference ${given[root]}: failed to resolve ${other}.a.status: a ${kind} template has ${root}, not ${other}`,
    ])
  })
  test("a skipped one leaves its outputs absent", () => {
    const [line = "", ...more] = findings(
      after(root, `{{${root}.a.outputs.parameters.out}}`, { when: "{{workflow.name}} == x" }),
    )
    expect(line).toContain(
      `PossiblyAbsent ${given[root]}: {{${root}.a.outputs.parameters.out}} may be absent: the ${noun} "a" is skipped where its when does not hold`,
    )
    expect(more).toEqual([])
  })
})

test("a step that may fail leaves its files absent, one that may err too", () => {
  for (const continueOn of [{ failed: true }, { error: true }]) {
    const found = findings(after("steps", "{{steps.a.outputs.parameters.out}}", { continueOn }))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(
      'the step "a" may have failed before it wrote them, and "b" still runs',
    )
    expect(findings(after("steps", "{{steps.a.outputs.result}}", { continueOn }))).toEqual([])
  }
})

describe("items", () => {
  const loop = (value: string, more: Object_): Object_ =>
    withTemplates(
      {
        name: "m",
        dag: {
          tasks: [
            {
              name: "a",
              template: "take",
              ...more,
              arguments: { parameters: [{ name: "p", value }] },
            },
          ],
        },
      },
      taking,
    )
  const at = `UnresolvedTag ${m}.dag.tasks.0.arguments.parameters.0.value: failed to resolve`
  const maps = { withItems: [{ k: 1, v: 2 }, { k: 3 }] }
  test.each<[string, Object_, readonly string[]]>([
    ["{{item}}", { withItems: [1] }, []],
    ["{{item.k}}", maps, []],
    ["{{item.x}}", { withParam: "{{workflow.parameters.l}}" }, []],
    ["{{item.x}}", { withItems: ["{{workflow.name}}"] }, []],
    ["{{item}}", {}, [`${at} {{item}}: there is no loop here`]],
    ["{{item.kk}}", maps, [`${at} {{item.kk}}: no item has the key "kk" (did you mean "k"?)`]],
    [
      "{{item.v}}",
      maps,
      [
        `PossiblyAbsent ${m}.dag.tasks.0.arguments.parameters.0.value: {{item.v}} may be absent: item 1 of withItems has no key "v" (give the output a default, or test the status in when)`,
      ],
    ],
    [
      "{{item.x}}",
      { withSequence: { count: 2 } },
      [`${at} {{item.x}}: the items of a sequence are numbers without fields`],
    ],
  ])("%s in %j", (value, more, expected) => {
    const manifest = loop(value, more)
    const { spec: inner } = manifest as { readonly spec: Object_ }
    const arguments_ = { parameters: [{ name: "l", value: "[]" }] }
    expect(findings({ ...manifest, spec: { ...inner, arguments: arguments_ } })).toEqual(expected)
  })
  test("of a loop's own source there is none yet", () => {
    const found = findings(loop("x", { withParam: "{{=toJson(item)}}" }))
    expect(found).toEqual([
      `UnknownReference ${m}.dag.tasks.0.withParam: failed to resolve item: there is no variable "item" here`,
    ])
  })
})

describe("a pod's own names", () => {
  const withArgs = (text: string, more: Object_ = {}): Object_ =>
    pod({
      inputs: {
        parameters: [{ name: "p", default: "1" }],
        artifacts: [{ name: "i", path: "/i", optional: true }],
      },
      outputs: { parameters: [{ name: "o", valueFrom: { path: "/o" } }] },
      container: { ...box, args: [text] },
      ...more,
    })
  const at = `${m}.container.args.0`
  test.each([
    ["{{=toJson(inputs)}} {{=toJson(inputs.parameters)}} {{inputs.parameters.json}}", []],
    ["{{inputs.artifacts.i.path}} {{=inputs.artifacts.i.path}}", []],
    ["{{outputs.parameters.o.path}} {{=toJson(outputs)}} {{pod.name}} {{node.name}}", []],
    [
      "{{workflow.status}} {{workflow.labels.workflows.argoproj.io/phase}} {{workflow.creationTimestamp.s}} {{=toJson(workflow)}}",
      [],
    ],
    [
      "{{=inputs.parameter.p}}",
      [
        `UnknownReference ${at}: failed to resolve inputs.parameter.p: inputs have parameters and artifacts (did you mean "parameters"?)`,
      ],
    ],
    [
      "{{=inputs.artifacts.j.path}}",
      [
        `UnknownReference ${at}: failed to resolve inputs.artifacts.j.path: the template declares no input "j" (did you mean "i"?)`,
      ],
    ],
    [
      "{{=inputs.parameters.p.x}}",
      [
        `UnknownReference ${at}: failed to resolve inputs.parameters.p.x: the parameter "p" is a text without fields`,
      ],
    ],
    [
      "{{=outputs.parameters.oo.path}}",
      [
        `UnknownReference ${at}: failed to resolve outputs.parameters.oo.path: the template declares no output "oo" (did you mean "o"?)`,
      ],
    ],
    ["{{=pod.nam}}", [`UnknownReference ${at}: failed to resolve pod.nam: pod has a name only`]],
    [
      "{{=item}}",
      [
        `UnknownReference ${at}: failed to resolve item: the loop of the caller is not in scope of a leaf template: pass an input`,
      ],
    ],
    [
      "{{=workflow.outputs.parameters.g}}",
      [
        `UnknownReference ${at}: failed to resolve workflow.outputs.parameters.g: no output has the globalName "g"`,
      ],
    ],
    [
      "{{=workflow.name.first}}",
      [
        `UnknownReference ${at}: failed to resolve workflow.name.first: workflow.name has no fields`,
      ],
    ],
    [
      "{{workflow.priority}}",
      [
        `PossiblyAbsent ${at}: {{workflow.priority}} may be absent: the workflow sets no priority (give the output a default, or test the status in when)`,
      ],
    ],
  ])("%s", (text, expected) => {
    expect(findings(withArgs(text))).toEqual(expected)
  })
  test("of a retried pod", () => {
    const retryStrategy = {
      limit: 2,
      expression: "asInt(retries) < 2 && lastRetry.status != 'Error' && lastRetry.exitCode != '3'",
    }
    expect(findings(withArgs("{{retries}} {{=lastRetry.message}}", { retryStrategy }))).toEqual([])
    const wrong = { limit: 2, expression: "lastRetry.status == 'Errored' || lastRetry.code == '1'" }
    expect(findings(withArgs("x", { retryStrategy: wrong }))).toEqual([
      `UnknownPhase ${m}.retryStrategy.expression: lastRetry.status is never "Errored": it is one of Pending, Running, Succeeded, Skipped, Failed, Error, Omitted (did you mean "Error"?)`,
      `UnknownReference ${m}.retryStrategy.expression: failed to resolve lastRetry.code: there is no lastRetry.code`,
    ])
    const inner = { limit: 2, expression: "tasks.a.status == 'Failed'" }
    expect(findings(withArgs("x", { retryStrategy: inner }))).toEqual([
      `UnknownReference ${m}.retryStrategy.expression: failed to resolve tasks.a.status: there is no variable "tasks" here`,
    ])
  })
})

test("the hooks of a step may ask how those before it in its group stand, and no more", () => {
  const group = (expression: string, isReversed = false) => {
    const steps = [
      { name: "a", template: "make" },
      { name: "b", template: "make", hooks: { h: { expression, template: "make" } } },
    ]
    return withTemplates({ name: "m", steps: [isReversed ? steps.toReversed() : steps] }, made)
  }
  expect(findings(group('steps.a.status == "Succeeded"'))).toEqual([])
  const unseen = '"a" is not in an earlier group'
  expect(findings(group('steps.a.outputs.result == "x"')).join()).toContain(unseen)
  expect(findings(group('steps.a.status == "Succeeded"', true)).join()).toContain(unseen)
})
