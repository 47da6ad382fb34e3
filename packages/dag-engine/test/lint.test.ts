import { parseManifests } from "@argo-ts/kernel/yaml"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { lintWorkflows } from "../src/lint/index.js"

const head = "apiVersion: argoproj.io/v1alpha1\nmetadata: { name: x }\nkind: Workflow\nspec:\n"
const leaf = `    - name: make
      inputs: { parameters: [{ name: num, default: "1" }] }
      outputs: { parameters: [{ name: out, valueFrom: { path: /out } }, { name: safe, valueFrom: { path: /s, default: "0" } }] }
      container: { image: alpine, command: [sh], args: ["ARGS"] }
`

function values(text: string): readonly unknown[] {
  const parsed = parseManifests(text, { file: "x.yaml" })
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message)
  return parsed.value.map(({ value }) => value)
}

/** `code place: message (hint)` of every finding. */
function findings(text: string, isClosed = false): readonly string[] {
  return lintWorkflows(values(text), { isClosed }).map(({ code, path, message, hint }) => {
    const more = hint === undefined ? "" : ` (${hint})`
    return `${code} ${path.join(".")}: ${message}${more}`
  })
}

function dag(tasks: string, more = ""): string {
  return `${head}  entrypoint: main\n${more}  templates:\n    - name: main\n      dag:\n        tasks:\n${tasks}${leaf}`
}

function withLeaf(args: string, more = ""): string {
  const call = "          - { name: a, template: make }\n"
  return dag(call, more).replace("ARGS", args)
}

const at = "spec.templates.1.container.args.0"

describe("expressions", () => {
  test.each([
    ["a name that is declared", "{{=asInt(inputs.parameters.num) > 3}}", []],
    [
      "a misspelt input",
      "{{=inputs.parameters.unm + 'x'}}",
      [
        `UnknownReference ${at}: failed to resolve inputs.parameters.unm: the template declares no input "unm" (did you mean "num"?)`,
      ],
    ],
    [
      "a text compared with a number",
      "{{=inputs.parameters.num > 3}}",
      [
        `TypeClash ${at}: invalid operation: string > int (variables are texts: convert them with asInt(…) or asFloat(…))`,
      ],
    ],
    [
      "an equality that never holds",
      "{{=inputs.parameters.num == 3}}",
      [
        `TypeClash ${at}: inputs.parameters.num is a text, 3 is none: the comparison is never true (write "3", or asInt(inputs.parameters.num))`,
      ],
    ],
    [
      "a function that does not exist",
      "{{=asIn(inputs.parameters.num)}}",
      [`UnknownFunction ${at}: there is no function "asIn" (did you mean "asInt"?)`],
    ],
    [
      "a sprig function that does not exist",
      "{{=sprig.trimm(inputs.parameters.num)}}",
      [
        `UnknownFunction ${at}: there is no function "sprig.trimm" (did you mean "sprig.trim"?)`.replace(
          'sprig.trim"',
          'trim"',
        ),
      ],
    ],
    [
      "attempts without a retryStrategy",
      "{{=retries}}",
      [
        `UnknownReference ${at}: failed to resolve retries: without a retryStrategy there is no retries`,
      ],
    ],
    [
      "a step of the caller",
      "{{=tasks.a.outputs.result}}",
      [
        `UnknownReference ${at}: failed to resolve tasks.a.outputs.result: the steps of the caller are not in scope of a leaf template: pass an input`,
      ],
    ],
    ["no expression", "{{=1 +}}", [expect.stringMatching(`InvalidExpression ${at}: `)]],
    [
      "a global that does not exist",
      "{{workflow.nmae}}",
      [
        `UnresolvedTag ${at}: failed to resolve {{workflow.nmae}}: there is no workflow.nmae (did you mean "name"?)`,
      ],
    ],
  ])("%s", (_what, args, expected) => {
    expect(findings(withLeaf(args))).toEqual(expected)
  })

  test("every finding at once, each at its own place", () => {
    const found = findings(
      withLeaf("{{=nope}} {{=inputs.parameters.q}} {{=workflow.parameters.w}}"),
    )
    expect(found.map((line) => line.split(":")[0])).toEqual(Array(3).fill(`UnknownReference ${at}`))
  })

  test("names with a dash are indexed", () => {
    const tasks = `          - { name: a-b, template: make }
          - { name: c, depends: a-b, template: make, arguments: { parameters: [{ name: num, value: "{{=tasks.a-b.outputs.result}}" }] } }
`
    expect(findings(dag(tasks))[0]).toMatch(
      /there is no task "a".*\(a name with "-" is indexed: tasks\['a-b'\]\)/,
    )
  })
})

test("conditions, metrics and labels are read in their own scopes", () => {
  const text = `${head}  entrypoint: main
  workflowMetadata: { labelsFrom: { a: { expression: workflow.nmae } } }
  metrics: { prometheus: [{ name: m, help: h, when: "{{status}} == Failed {{workflow.duratoin}}", gauge: { value: "{{duration}}" } }] }
  templates:
    - name: main
      resource: { action: get, manifest: "kind: Job", successCondition: "status.x > > 1" }
    - name: web
      http: { url: "http://x", successCondition: "response.statusCode == 200 && response.boddy contains 'x'" }
`
  const found = findings(text).filter((line) => !/^Un(supported|reachable)/.test(line))
  expect(found.map((line) => line.split(": ")[0])).toEqual([
    "InvalidExpression spec.templates.0.resource.successCondition",
    "UnknownReference spec.templates.1.http.successCondition",
    "UnresolvedTag spec.metrics.prometheus.0.when",
    "UnknownReference spec.workflowMetadata.labelsFrom.a.expression",
  ])
})

test("rules of a cluster about fields that are carried", () => {
  const text = `${head}  entrypoint: main
  podGC: { strategy: OnPodCompletoin }
  artifactGC: { strategy: Always }
  metrics: { prometheus: [{ name: a-b, help: "" }] }
  synchronization: { mutexes: [{ name: a }, { name: a }] }
  templates:
    - name: main
      inputs: { artifacts: [{ name: in, path: /work, raw: { data: x } }] }
      memoize: { key: "a b", maxAge: soon, cache: { configMap: { name: c } } }
      container: { image: x, volumeMounts: [{ name: v, mountPath: /work }, { name: w, mountPath: /work }] }
`
  const found = findings(text).filter((line) => !line.startsWith("Unsupported"))
  expect(found.map((line) => line.split(": ")[0])).toEqual([
    "InvalidValue spec.artifactGC.strategy",
    "InvalidValue spec.podGC.strategy",
    "InvalidValue spec.metrics.prometheus.0.name",
    "InvalidValue spec.metrics.prometheus.0.help",
    "InvalidValue spec.metrics.prometheus.0",
    "DuplicateName spec.synchronization.mutexes.1",
    "InvalidValue spec.templates.0.memoize.key",
    "InvalidValue spec.templates.0.memoize.maxAge",
    "InvalidValue spec.templates.0.container.volumeMounts.1.mountPath",
    "InvalidValue spec.templates.0.inputs.artifacts.0.path",
  ])
  expect(findings(text).join("\n")).toContain('did you mean "OnPodCompletion"?')
})

describe("phases", () => {
  test.each([
    [
      `when: "{{tasks.a.status}} == Sucess"`,
      `UnknownPhase spec.templates.0.dag.tasks.1.when: {{tasks.a.status}} is never "Sucess"`,
    ],
    [`when: "'{{tasks.a.status}}' == 'Failed'"`, undefined],
    [
      `when: "{{=tasks.a.status == 'succeeded'}}"`,
      `UnknownPhase spec.templates.0.dag.tasks.1.when: tasks.a.status is never "succeeded"`,
    ],
    [
      `when: "{{=tasks.a.status in ['Failed', 'Errored']}}"`,
      `UnknownPhase spec.templates.0.dag.tasks.1.when: tasks.a.status is never "Errored"`,
    ],
  ])("%s", (when, expected) => {
    const tasks = `          - { name: a, template: make }\n          - name: b\n            depends: a\n            template: make\n            ${when}\n`
    const [first] = findings(dag(tasks))
    if (expected === undefined) expect(first).toBe(undefined)
    else expect(first?.startsWith(expected)).toBe(true)
  })
})

describe("values that may be absent", () => {
  const consumer = (how: string, value: string, condition = ""): string =>
    `          - { name: a, template: make, when: "{{workflow.name}} == y" }
          - name: b
            ${how}
            template: strict
            arguments: { parameters: [{ name: num, value: "${value}" }] }${condition}
`
  const strict = `    - name: strict\n      inputs: { parameters: [{ name: num }] }\n      container: { image: alpine }\n`
  const found = (how: string, value: string, condition = ""): readonly string[] =>
    findings(dag(consumer(how, value, condition)) + strict).filter((line) =>
      line.startsWith("PossiblyAbsent"),
    )

  test("a skipped task's output, with the path", () => {
    const [line = ""] = found("depends: a", "{{tasks.a.outputs.parameters.out}}")
    expect(line).toContain('the task "a" is skipped where its when does not hold')
    expect(line).toContain('"b" still runs')
  })
  test.each([
    [
      "the dependency asks for success",
      "depends: a.Succeeded",
      "{{tasks.a.outputs.parameters.out}}",
      "",
    ],
    ["the output has a default", "depends: a", "{{tasks.a.outputs.parameters.safe}}", ""],
    [
      "the expression provides for it",
      "depends: a",
      "{{=tasks.a.outputs?.parameters?.out ?? 'x'}}",
      "",
    ],
    [
      "the expression tests first",
      "depends: a",
      "{{=tasks.a.status == 'Succeeded' ? tasks.a.outputs.parameters.out : 'x'}}",
      "",
    ],
    [
      "its own when tests the status",
      "depends: a",
      "{{tasks.a.outputs.parameters.out}}",
      `\n            when: "{{tasks.a.status}} == Succeeded"`,
    ],
    [
      "it runs under the same condition",
      "depends: a",
      "{{tasks.a.outputs.parameters.out}}",
      `\n            when: "{{workflow.name}} == y"`,
    ],
  ])("not where %s", (_what, how, value, condition) => {
    expect(found(how, value, condition)).toEqual([])
  })
  test("a failed task's file, where its follower runs all the same", () => {
    const [line = ""] = found("depends: a.Failed", "{{tasks.a.outputs.parameters.out}}")
    expect(line).toContain("may have failed before it wrote them")
  })
})

describe("what never runs", () => {
  test.each([
    [
      "an impossible depends",
      "          - { name: a, template: make }\n          - { name: b, depends: a.Skipped, template: make }\n",
      'Unreachable spec.templates.0.dag.tasks.1.depends: the task "b" never runs: no end of the tasks before it meets its depends',
    ],
    [
      "a contradiction",
      "          - { name: a, template: make }\n          - { name: b, depends: a.Failed && a.Succeeded, template: make }\n",
      'Unreachable spec.templates.0.dag.tasks.1.depends: the task "b" never runs: no end of the tasks before it meets its depends',
    ],
    [
      "a constant when, and its hook",
      `          - { name: a, template: make, when: "1 == 2", hooks: { exit: { template: make } } }\n`,
      'UnreachableHandler spec.templates.0.dag.tasks.0.hooks.exit: the handler never runs: "a" itself never does',
    ],
  ])("%s", (_what, tasks, expected) => {
    expect(findings(dag(tasks))).toContain(expected)
  })
  test("a template that nothing calls", () => {
    const text = `${withLeaf("x")}    - { name: spare, container: { image: alpine } }\n`
    expect(findings(text)).toEqual([
      'Unreachable spec.templates.2.name: nothing calls the template "spare"',
    ])
  })
  test("tasks beside the target", () => {
    const text = dag(
      "          - { name: a, template: make }\n          - { name: b, template: make }\n",
    ).replace("dag:\n", "dag:\n        target: a\n")
    expect(findings(text)).toEqual([
      'Unreachable spec.templates.0.dag.tasks.1: the task "b" never runs: no target depends on it',
    ])
  })
  test("an exit hook beside onExit", () => {
    const text = withLeaf("x", "  onExit: make\n  hooks: { exit: { template: make } }\n")
    expect(findings(text)).toEqual([
      "UnreachableHandler spec.hooks.exit: the handler never runs: onExit takes its place",
    ])
  })
})

describe("across manifests", () => {
  const stored = `---\napiVersion: argoproj.io/v1alpha1\nmetadata: { name: lib }\nkind: WorkflowTemplate\nspec:\n  templates:\n    - name: build\n      inputs: { parameters: [{ name: branch }] }\n      container: { image: alpine }\n`
  const call = (ref: string, given = ""): string =>
    dag(`          - name: a\n            templateRef: ${ref}\n${given}`).replace(leaf, "") + stored
  test.each([
    [
      "a missing argument",
      "{ name: lib, template: build }",
      "",
      'MissingArgument spec.templates.0.dag.tasks.0.arguments: "lib/build" needs the parameter "branch", which the call does not give',
    ],
    [
      "a misspelt template",
      "{ name: lib, template: biuld }",
      "",
      'UnknownTemplate spec.templates.0.dag.tasks.0.templateRef.template: the WorkflowTemplate "lib" has no template "biuld" (did you mean "build"?)',
    ],
    [
      "a misspelt object",
      "{ name: libb, template: build }",
      "",
      'UnknownTemplate spec.templates.0.dag.tasks.0.templateRef.name: names the WorkflowTemplate "libb", which is not among the manifests (did you mean "lib"?)',
    ],
    [
      "a misspelt argument",
      "{ name: lib, template: build }",
      `            arguments: { parameters: [{ name: branch, value: x }, { name: brunch, value: y }] }\n`,
      'UnusedArgument spec.templates.0.dag.tasks.0.arguments.parameters.1.name: "build" declares no input "brunch": the argument is ignored (did you mean "branch"?)',
    ],
  ])("%s", (_what, ref, given, expected) => {
    expect(findings(call(ref, given), true)).toContain(expected)
  })
  test("an object that is not there may be elsewhere", () => {
    expect(findings(call("{ name: other, template: build }"))).toEqual([])
  })
})

describe("hostile manifests", () => {
  test("an item that is null is refused", () => {
    const found = findings(`${head}  entrypoint: main\n  templates: [null]\n`)
    expect(found).toEqual([
      "InvalidValue spec.templates.0: expected an item of the list, found null",
    ])
  })

  const seeds = [
    withLeaf("{{=inputs.parameters.num}}", "  onExit: make\n"),
    dag(
      "          - { name: a, template: make, withItems: [{ k: 1 }] }\n          - { name: b, depends: a.Succeeded, when: '{{tasks.a.status}} == Failed', template: make }\n",
    ),
  ].flatMap(values)
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      "",
      "{{",
      "}}",
      "{{=",
      "{{item}}",
      "__proto__",
      "constructor",
      -1,
      1e308,
      true,
      [],
      {},
      [null],
      "a && (",
      "{{=x?.y}}",
      "${{ x }}",
    ),
    fc.string(),
    fc.jsonValue(),
  )
  function* places(value: unknown): Generator<[object, string]> {
    if (typeof value !== "object" || value === null) return
    for (const key of Object.keys(value)) {
      yield [value, key]
      yield* places((value as Record<string, unknown>)[key])
    }
  }
  test("any change of a manifest gives findings, never an exception", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 4 }),
        (seed, changes) => {
          const manifest = structuredClone(seed)
          for (const [index, value] of changes) {
            const all = [...places(manifest)]
            const [owner, key] = all[index % all.length] ?? [{}, ""]
            Object.defineProperty(owner, key, {
              value: structuredClone(value),
              enumerable: true,
              configurable: true,
              writable: true,
            })
          }
          for (const { code, message, severity } of lintWorkflows([manifest], { isClosed: true })) {
            expect(code).toMatch(/^[A-Z][A-Za-z]+$/)
            expect(message).not.toBe("")
            expect(severity).toMatch(/^(error|warning)$/)
          }
        },
      ),
      { numRuns: Number(process.env["ARGO_TS_FUZZ_RUNS"] ?? 500) },
    )
  })
})

test("in a loop every tag has to stand for something, elsewhere other tools may have theirs", () => {
  const task = (more: string): string =>
    `          - { name: a, template: make, ${more}arguments: { parameters: [{ name: num, value: "{{ other }}" }] } }\n`
  const of = (more: string): readonly string[] =>
    findings(dag(task(more))).filter((line) => line.startsWith("UnresolvedTag"))
  expect(of("")).toEqual([])
  expect(of('when: "1 == 2", withItems: [1], ')).toEqual([])
  expect(of("withItems: [1], ")).toEqual([
    expect.stringContaining("failed to resolve {{other}}: in a loop every tag has to stand for"),
  ])
})
