import { describe, expect, test } from "vitest"
import { lintWorkflows } from "../../src/lint/index.js"
import {
  box,
  leaf,
  main,
  named,
  type Object_,
  pod,
  spec,
  stored,
  withTemplates,
  workflow,
} from "./manifests.js"

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
const fetching = {
  name: "fetch",
  inputs: { artifacts: [{ name: "f", path: "/f" }] },
  container: box,
}

describe("what a body hands on", () => {
  const body = (outputs: Object_, more: Object_ = {}): Object_ =>
    withTemplates(
      { name: "m", dag: { tasks: [{ name: "a", template: "make", ...more }] }, outputs },
      made,
    )
  const parameter = (valueFrom: Object_): Object_ => ({ parameters: [{ name: "o", valueFrom }] })
  const artifact = (from: Object_): Object_ => ({ artifacts: [{ name: "o", ...from }] })
  const skipped = { when: "{{workflow.name}} == x" }
  test.each<[string, Object_, readonly string[]]>([
    ["a parameter", body(parameter({ parameter: "{{tasks.a.outputs.parameters.out}}" })), []],
    ["an expression", body(parameter({ expression: "tasks.a.outputs.parameters.out" })), []],
    ["an artifact", body(artifact({ from: "{{tasks.a.outputs.artifacts.file}}" })), []],
    [
      "an artifact's expression",
      body(artifact({ fromExpression: "tasks.a.outputs.artifacts.file" })),
      [],
    ],
    [
      "what has a default",
      body(parameter({ parameter: "{{tasks.a.outputs.parameters.out}}", default: "x" }), skipped),
      [],
    ],
    [
      "what is optional",
      body(artifact({ from: "{{tasks.a.outputs.artifacts.file}}", optional: true }), skipped),
      [],
    ],
    [
      "no task",
      body(parameter({ parameter: "{{tasks.b.outputs.parameters.out}}" })),
      [
        `UnresolvedTag ${m}.outputs.parameters.0.valueFrom.parameter: failed to resolve {{tasks.b.outputs.parameters.out}}: there is no task "b" (did you mean "a"?)`,
      ],
    ],
    [
      "no output",
      body(parameter({ expression: "tasks.a.outputs.parameters.oot" })),
      [
        `UnknownReference ${m}.outputs.parameters.0.valueFrom.expression: failed to resolve tasks.a.outputs.parameters.oot: "make" declares no output of that name (did you mean "out"?)`,
      ],
    ],
    [
      "no artifact",
      body(artifact({ fromExpression: "tasks.a.outputs.artifacts.fil" })),
      [
        `UnknownReference ${m}.outputs.artifacts.0.fromExpression: failed to resolve tasks.a.outputs.artifacts.fil: "make" declares no output of that name (did you mean "file"?)`,
      ],
    ],
  ])("%s", (_what, manifest, expected) => {
    expect(findings(manifest)).toEqual(expected)
  })
  test("what may be absent is told", () => {
    const [line = ""] = findings(
      body(parameter({ parameter: "{{tasks.a.outputs.parameters.out}}" }), skipped),
    )
    expect(line).toContain("and the template's outputs are still made")
  })
})

test("artifacts of a call", () => {
  const call = (artifact: Object_): Object_ =>
    withTemplates(
      {
        name: "m",
        steps: [
          [{ name: "a", template: "make" }],
          [
            {
              name: "b",
              template: "fetch",
              arguments: { artifacts: [{ name: "f", ...artifact }] },
            },
          ],
        ],
      },
      made,
      fetching,
    )
  expect(findings(call({ from: "{{steps.a.outputs.artifacts.file}}" }))).toEqual([])
  expect(findings(call({ fromExpression: "steps.a.outputs.artifacts.file" }))).toEqual([])
  expect(findings(call({ fromExpression: "steps.a.outputs.artifacts.fill" }))).toEqual([
    `UnknownReference ${m}.steps.1.0.arguments.artifacts.0.fromExpression: failed to resolve steps.a.outputs.artifacts.fill: "make" declares no output of that name (did you mean "file"?)`,
  ])
})

test("data, http and metrics see what is theirs", () => {
  const data = (expression: string): Object_ =>
    main({
      data: {
        source: { artifactPaths: { name: "x", s3: { key: "k" } } },
        transformation: [{ expression }],
      },
    })
  expect(findings(data("filter(data, {# endsWith 'txt'})"))).toEqual([])
  expect(findings(data("filter(dat, {true})"))[0]).toMatch(
    /UnknownReference .*transformation\.0\.expression: .*"dat"/,
  )
  const http = (successCondition: string): Object_ =>
    main({ http: { url: "http://x", successCondition } })
  expect(
    findings(
      http(
        "request.method == 'GET' && response.headers['A'][0] == 'b' && response.body contains 'c' && response.statusCode < 300",
      ),
    ),
  ).toEqual([])
  const metric = (value: string): Object_ =>
    pod({
      outputs: { parameters: [{ name: "o", valueFrom: { path: "/o" } }] },
      metrics: { prometheus: [{ name: "n", help: "h", gauge: { value } }] },
    })
  expect(
    findings(
      metric("{{duration}} {{status}} {{exitCode}} {{outputs.parameters.o}} {{outputs.result}}"),
    ),
  ).toEqual([])
  expect(findings(metric("{{outputs.parameters.oo}}"))).toEqual([
    `UnresolvedTag ${m}.metrics.prometheus.0.gauge.value: failed to resolve {{outputs.parameters.oo}}: the template declares no output "oo" (did you mean "o"?)`,
  ])
})

describe("handlers", () => {
  const hooked = (expression: string, name = "running"): Object_ =>
    withTemplates({
      name: "m",
      dag: {
        tasks: [
          { name: "a", template: "leaf", hooks: { [name]: { template: "leaf", expression } } },
          { name: "b", template: "leaf", depends: "a" },
        ],
      },
    })
  const at = (name: string): string =>
    `UnreachableHandler ${m}.dag.tasks.0.hooks.${name}.expression: the handler never runs:`
  test.each([
    ["running", "tasks.a.status == 'Running' && workflow.status != 'Failed'", []],
    ["running", "false", [`${at("running")} its expression is false`]],
    [
      "exit",
      "tasks.a.status == 'Running'",
      [`${at("exit")} an exit handler looks when the node is no longer Running`],
    ],
    [
      "omitted",
      "tasks.a.status == 'Omitted'",
      [`${at("omitted")} hooks are not looked at while the phase is Omitted`],
    ],
    [
      "running",
      "tasks['a'].status == 'Skipped'",
      [`${at("running")} hooks are not looked at while the phase is Skipped`],
    ],
    [
      "running",
      "steps.a.status == 'Failed'",
      [
        `UnknownReference ${m}.dag.tasks.0.hooks.running.expression: failed to resolve steps.a.status: a dag template has tasks, not steps`,
      ],
    ],
    [
      "running",
      "tasks.b.status == 'Failed'",
      [
        `UnknownReference ${m}.dag.tasks.0.hooks.running.expression: failed to resolve tasks.b.status: "a" does not depend on "b" (missing dependency)`,
      ],
    ],
    [
      "running",
      "tasks.a.status == 'Faild'",
      [
        `UnknownPhase ${m}.dag.tasks.0.hooks.running.expression: tasks.a.status is never "Faild": it is one of Pending, Running, Succeeded, Skipped, Failed, Error, Omitted (did you mean "Failed"?)`,
      ],
    ],
  ])("%s: %s", (name, expression, expected) => {
    expect(findings(hooked(expression, name))).toEqual(expected)
  })
  test("of a workflow", () => {
    const exit = { exit: { template: "leaf", expression: "workflow.status == 'Failed'" } }
    expect(findings(spec({ hooks: exit }))).toEqual([
      "IgnoredField spec.hooks.exit.expression: is not looked at: the workflow's exit handler always runs",
    ])
    expect(findings(spec({ onExit: "leaf", shutdown: "Terminate" }))).toEqual([
      "UnreachableHandler spec.shutdown: handlers never run: Terminate runs none",
    ])
    const pending = { pending: { template: "leaf", expression: "workflow.status == 'Pending'" } }
    expect(findings(spec({ hooks: pending }))).toEqual([
      "UnreachableHandler spec.hooks.pending.expression: the handler never runs: hooks are not looked at while the phase is Pending",
    ])
    const skipped = { skipped: { template: "leaf", expression: "workflow.status == 'Skipped'" } }
    expect(findings(spec({ hooks: skipped }))[0]).toContain(
      'UnknownPhase spec.hooks.skipped.expression: workflow.status is never "Skipped"',
    )
    const task = { odd: { template: "leaf", expression: "tasks.a.status == 'Failed'" } }
    expect(findings(spec({ hooks: task }))[0]).toContain("failed to resolve tasks.a.status")
  })
})

test("more templates than an API server takes", () => {
  const templates = Array.from({ length: 201 }, (_, index) => ({ ...leaf, name: `t${index}` }))
  expect(findings(workflow({ entrypoint: "t0", templates }))).toEqual([
    "TooMany spec.templates: an API server takes 200 templates at most, found 201",
  ])
})

test("a template of the other scope is named", () => {
  const call = { name: "m", steps: [[{ name: "a", templateRef: { name: "t", template: "leaf" } }]] }
  const cluster = { ...named("t", stored({ templates: [leaf] })), kind: "ClusterWorkflowTemplate" }
  expect(findings(withTemplates(call), cluster)).toEqual([
    `UnknownTemplate ${m}.steps.0.0.templateRef.name: names the WorkflowTemplate "t", which is not among the manifests (there is a ClusterWorkflowTemplate of that name: set clusterScope: true)`,
  ])
})
