import { formatIssue } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { parseWorkflow, parseWorkflowTemplate, type Template } from "../src/index.js"

const leaf = { name: "leaf", container: { image: "alpine" } }

function issuesOf(templates: readonly object[], spec: object = {}): readonly string[] {
  const parsed = parseWorkflow({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: (templates[0] as Template | undefined)?.name, templates, ...spec },
  })
  return parsed.ok ? [] : parsed.issues.map((issue) => `${issue.code} ${formatIssue(issue)}`)
}

const dag = (...tasks: readonly object[]) => ({ name: "m", dag: { tasks } })

test.each<[string, readonly object[], object, RegExp]>([
  [
    "a limit that is no whole number",
    [{ ...leaf, retryStrategy: { limit: "few" } }],
    {},
    /InvalidValue spec\.templates\[0\]\.retryStrategy\.limit: is a whole number, found "few"/,
  ],
  [
    "an entrypoint that is not there",
    [leaf],
    { entrypoint: "laef" },
    /UnknownTemplate spec\.entrypoint: .*did you mean "leaf"/,
  ],
  [
    "a lock in the form of former versions",
    [{ ...leaf, synchronization: { mutex: { name: "one" } } }],
    {},
    /UnsupportedField spec\.templates\[?\.?0\]?\.synchronization\.mutex: .*write `mutexes`, a list/,
  ],
  [
    "a circle",
    [
      dag(
        { name: "a", template: "leaf", dependencies: ["b"] },
        { name: "b", template: "leaf", dependencies: ["a"] },
      ),
      leaf,
    ],
    {},
    /CyclicDependency .*a → b → a/,
  ],
  [
    "a circle by depends",
    [dag({ name: "a", template: "leaf", depends: "a.Failed" }), leaf],
    {},
    /CyclicDependency .*a → a/,
  ],
  [
    "a task that begins with a digit, where depends are used",
    [dag({ name: "1st", template: "leaf" }, { name: "b", template: "leaf", depends: "1st" }), leaf],
    {},
    /InvalidValue .*tasks\[0\]\.name: .*starts with a letter .*found "1st"/,
  ],
  [
    "continueOn of one task, depends of another",
    [
      dag(
        { name: "a", template: "leaf", continueOn: { failed: true } },
        { name: "b", template: "leaf", depends: "a" },
      ),
      leaf,
    ],
    {},
    /InvalidValue .*tasks\[0\]\.continueOn: has no effect in a dag with depends/,
  ],
  [
    "a target that names an input nobody declares",
    [
      {
        name: "m",
        dag: { target: "{{inputs.parameters.t}}", tasks: [{ name: "a", template: "leaf" }] },
      },
      leaf,
    ],
    {},
    /UnresolvedTag spec\.templates\[0\]\.dag\.target: .*declares no input "t"/,
  ],
  [
    "a verb that is none",
    [{ name: "m", resource: { action: "creat", manifest: "kind: x" } }],
    {},
    /InvalidValue .*resource\.action: is one of get, .*found "creat" \(did you mean "create"/,
  ],
  [
    "a way to patch that is none",
    [{ name: "m", resource: { action: "patch", mergeStrategy: "mix", manifest: "kind: x" } }],
    {},
    /InvalidValue .*resource\.mergeStrategy: is one of strategic, merge, json, found "mix"/,
  ],
  [
    "an unknown dependency",
    [
      dag({ name: "a", template: "leaf", dependencies: ["bb"] }, { name: "b", template: "leaf" }),
      leaf,
    ],
    {},
    /UnknownDependency spec\.templates\[0\]\.dag\.tasks\[0\]\.dependencies\[0\]: task "a" depends on "bb", which does not exist \(did you mean "b"/,
  ],
  [
    "an unknown task in depends",
    [dag({ name: "a", template: "leaf", depends: "zz.Succeeded" }), leaf],
    {},
    /UnknownDependency .*"zz"/,
  ],
  [
    "a result that is none",
    [
      dag({ name: "a", template: "leaf" }, { name: "b", template: "leaf", depends: "a.Suceeded" }),
      leaf,
    ],
    {},
    /InvalidExpression .*Suceeded/,
  ],
  [
    "AnySucceeded without a loop",
    [
      dag(
        { name: "a", template: "leaf" },
        { name: "b", template: "leaf", depends: "a.AnySucceeded" },
      ),
      leaf,
    ],
    {},
    /"a" has no loop/,
  ],
  [
    "depends and dependencies",
    [
      dag(
        { name: "a", template: "leaf" },
        { name: "b", template: "leaf", depends: "a", dependencies: ["a"] },
      ),
      leaf,
    ],
    {},
    /either depends or dependencies/,
  ],
  [
    "continueOn with depends",
    [
      dag(
        { name: "a", template: "leaf" },
        { name: "b", template: "leaf", depends: "a", continueOn: { failed: true } },
      ),
      leaf,
    ],
    {},
    /continueOn/,
  ],
  [
    "a missing template",
    [dag({ name: "a", template: "laef" }), leaf],
    {},
    /UnknownTemplate .*did you mean "leaf"/,
  ],
  [
    "two kinds in one template",
    [{ ...leaf, suspend: {} }],
    {},
    /exactly one of .*found container and suspend/,
  ],
  ["no kind", [{ name: "m" }], {}, /found none/],
  ["a duplicate template", [leaf, leaf], {}, /DuplicateName/],
  [
    "a duplicate step",
    [
      { name: "m", steps: [[{ name: "a", template: "leaf" }], [{ name: "a", template: "leaf" }]] },
      leaf,
    ],
    {},
    /DuplicateName .*"a" is there twice/,
  ],
  ["a bad name", [{ ...leaf, name: "a_b" }], {}, /letters, digits and "-" only/],
  [
    "two loops",
    [dag({ name: "a", template: "leaf", withItems: [1], withParam: "[]" }), leaf],
    {},
    /one loop at most/,
  ],
  [
    "a sequence with count and end",
    [dag({ name: "a", template: "leaf", withSequence: { count: 1, end: 2 } }), leaf],
    {},
    /exactly one of count and end/,
  ],
  [
    "an argument that nobody gives",
    [
      dag({ name: "a", template: "p" }),
      { ...leaf, name: "p", inputs: { parameters: [{ name: "x" }] } },
    ],
    {},
    /MissingArgument .*needs the parameter "x"/,
  ],
  [
    "an entry argument that nobody gives",
    [{ ...leaf, inputs: { parameters: [{ name: "x" }] } }],
    {},
    /MissingArgument spec\.arguments: .*"x"/,
  ],
  [
    "a value outside the enum",
    [leaf],
    { arguments: { parameters: [{ name: "x", value: "c", enum: ["a", "b"] }] } },
    /one of a, b, found "c"/,
  ],
  [
    "an empty enum",
    [leaf],
    { arguments: { parameters: [{ name: "x", value: "c", enum: [] }] } },
    /has no values/,
  ],
  [
    "a tag nobody declares",
    [{ ...leaf, container: { image: "x", args: ["{{inputs.parameters.x}}"] } }],
    {},
    /UnresolvedTag .*declares no input "x"/,
  ],
  [
    "a workflow parameter nobody declares",
    [{ ...leaf, container: { image: "x", args: ["{{workflow.parameters.nme}}"] } }],
    { arguments: { parameters: [{ name: "name", value: 1 }] } },
    /UnresolvedTag .*did you mean "name"/,
  ],
  [
    "a task that is no ancestor",
    [
      dag(
        { name: "a", template: "leaf" },
        {
          name: "b",
          template: "p",
          arguments: { parameters: [{ name: "x", value: "{{tasks.a.outputs.result}}" }] },
        },
      ),
      leaf,
      { ...leaf, name: "p", inputs: { parameters: [{ name: "x" }] } },
    ],
    {},
    /missing dependency/,
  ],
  [
    "a later step",
    [
      {
        name: "m",
        steps: [
          [{ name: "a", template: "leaf", when: "{{steps.b.status}} == x" }],
          [{ name: "b", template: "leaf" }],
        ],
      },
      leaf,
    ],
    {},
    /not in an earlier group/,
  ],
  [
    "an output nobody declares",
    [
      {
        name: "m",
        steps: [
          [{ name: "a", template: "leaf" }],
          [{ name: "b", template: "leaf", when: "{{steps.a.outputs.parameters.y}} == x" }],
        ],
      },
      leaf,
    ],
    {},
    /declares no output of that name/,
  ],
  [
    "item without a loop",
    [dag({ name: "a", template: "leaf", when: "{{item}} == x" }), leaf],
    {},
    /there is no loop here/,
  ],
  [
    "an expression that cannot be read",
    [{ ...leaf, container: { image: "x", args: ["{{= 1 + }}"] } }],
    {},
    /InvalidExpression/,
  ],
  [
    "a when that cannot be read",
    [dag({ name: "a", template: "leaf", when: "a == " }), leaf],
    {},
    /InvalidExpression .*when/,
  ],
  [
    "no image",
    [{ name: "m", container: { command: ["x"] } }],
    {},
    /image: names the image, and is missing/,
  ],
  [
    "a deadline on steps",
    [{ name: "m", activeDeadlineSeconds: 3, steps: [[{ name: "a", template: "leaf" }]] }, leaf],
    {},
    /legal on leaf templates only/,
  ],
  [
    "a deadline that is none",
    [{ ...leaf, activeDeadlineSeconds: 0 }],
    {},
    /positive number of seconds/,
  ],
  ["parallelism on a leaf", [{ ...leaf, parallelism: 3 }], {}, /steps and dag templates only/],
  [
    "a backoff without duration",
    [{ ...leaf, retryStrategy: { backoff: {} } }],
    {},
    /backoff\.duration: is required/,
  ],
  [
    "a policy that is none",
    [{ ...leaf, retryStrategy: { retryPolicy: "Sometimes" } }],
    {},
    /InvalidValue .*retryPolicy/,
  ],
  [
    "an output without a source",
    [{ ...leaf, outputs: { parameters: [{ name: "x" }] } }],
    {},
    /exactly one source/,
  ],
  [
    "an output source of another kind",
    [{ ...leaf, outputs: { parameters: [{ name: "x", valueFrom: { expression: "1" } }] } }],
    {},
    /not legal here/,
  ],
  [
    "two artifacts at one place",
    [
      {
        ...leaf,
        inputs: {
          artifacts: [
            { name: "a", path: "/x", raw: { data: "" } },
            { name: "b", path: "/x", raw: { data: "" } },
          ],
        },
      },
    ],
    {},
    /both put at \/x/,
  ],
  [
    "a misspelt field",
    [{ ...leaf, container: { image: "x", comand: ["y"] } }],
    {},
    /UnknownField .*did you mean "command"/,
  ],
  [
    "containers that wait for each other",
    [
      {
        name: "m",
        containerSet: {
          containers: [
            { name: "a", image: "x", dependencies: ["b"] },
            { name: "b", image: "x", dependencies: ["a"] },
          ],
        },
      },
    ],
    {},
    /CyclicDependency spec\.templates\[0\]\.containerSet\.containers: .*a → b → a/,
  ],
  [
    "a containerSet with outputs and no main",
    [
      {
        name: "m",
        containerSet: { containers: [{ name: "a", image: "x" }] },
        outputs: { parameters: [{ name: "p", valueFrom: { path: "/p" } }] },
      },
    ],
    {},
    /needs a container named "main"/,
  ],
  [
    "a sidecar without a name",
    [{ ...leaf, sidecars: [{ image: "x" }] }],
    {},
    /sidecars\[0\]\.name: a container beside others needs a name/,
  ],
  [
    "a resource without a manifest",
    [{ name: "m", resource: { action: "get" } }],
    {},
    /one of manifest and manifestFrom, found 0/,
  ],
  [
    "a plugin of two names",
    [{ name: "m", plugin: { one: {}, two: {} } }],
    {},
    /one key, the plugin's name; found 2/,
  ],
  [
    "a named hook without an expression",
    [leaf],
    { hooks: { running: { template: "leaf" } } },
    /InvalidValue spec\.hooks\.running\.expression: the hook "running" needs an expression/,
  ],
])("refuses %s", (_what, templates, spec, expected) => {
  expect(issuesOf(templates, spec).join("\n")).toMatch(expected)
})

test("reports everything at once, with field paths", () => {
  const issues = issuesOf(
    [
      dag({ name: "a", template: "nope", dependencies: ["gone"] }),
      { name: "bad_name", container: {} },
    ],
    { entrypoint: "other", parallelism: -1 },
  )
  expect(issues.length).toBeGreaterThanOrEqual(6)
})

test("a stored template may leave its parameters open; a workflow may not", () => {
  const manifest = {
    apiVersion: "argoproj.io/v1alpha1",
    metadata: { name: "t" },
    spec: { entrypoint: "leaf", templates: [leaf], arguments: { parameters: [{ name: "x" }] } },
  }
  expect(parseWorkflowTemplate({ ...manifest, kind: "WorkflowTemplate" }).ok).toBe(true)
  expect(parseWorkflow({ ...manifest, kind: "Workflow" }).ok).toBe(false)
})

test.each([null, undefined])("a list of a stored status has no holes: %s", (hole) => {
  const parsed = parseWorkflow({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: "leaf", templates: [{ name: "leaf", container: { image: "x" } }] },
    status: { phase: "Running", persistentVolumeClaims: [hole] },
  })
  expect(parsed).toMatchObject({
    ok: false,
    issues: [{ code: "InvalidValue", path: ["status", "persistentVolumeClaims", 0] }],
  })
})

test("null is absent, but for the items of a loop", () => {
  const parsed = parseWorkflow({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf", labels: null },
    spec: {
      entrypoint: "m",
      onExit: null,
      templates: [
        {
          name: "m",
          script: null,
          dag: { tasks: [{ name: "a", template: "leaf", withItems: [null] }] },
        },
        leaf,
      ],
    },
  })
  expect(parsed).toMatchObject({
    ok: true,
    value: { spec: { templates: [{ dag: { tasks: [{ withItems: [null] }] } }, {}] } },
  })
  expect(parsed.ok && "script" in (parsed.value.spec.templates?.[0] ?? {})).toBe(false)
})
