import { describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const head = "apiVersion: argoproj.io/v1alpha1\n"
const files = {
  "flow.yaml": `${head}kind: Workflow
metadata: { name: flow }
spec:
  entrypoint: main
  priorty: 3
  templates: [{ name: main, steps: [[{ name: a, templateRef: { name: shared, template: work } }]] }]
`,
  "shared.yaml": `${head}kind: WorkflowTemplate
metadata: { name: shared }
spec:
  templates: [{ name: work, container: { image: x }, retryStrategy: { limt: 2 } }]
`,
}

describe("lint", () => {
  test("answers for some kinds; the others are there to be referred to", async () => {
    const directory = directoryWith(files)
    for (const kinds of ["workflows", "Workflow", "wf"]) {
      const { code, out } = await argo(directory, "lint", ".", "--offline", "--kinds", kinds)
      expect(code).toBe(1)
      expect(out).toMatch(
        /^flow\.yaml:6:3: spec\.priorty: .*priority.*\n1 manifest in 2 files: 1 issue\n$/,
      )
    }
    const none = await argo(directory, "lint", ".", "--kinds", "cronwf,cwft", "-o", "json")
    expect(JSON.parse(none.out)).toEqual({ ok: true, files: 2, manifests: 0, issues: [] })
    expect((await argo(directory, "lint", ".", "--kinds", "all")).out).toContain("2 issues")
    const wrong = await argo(directory, "lint", ".", "--kinds", "pods")
    expect(wrong).toMatchObject({ code: 2 })
    expect(wrong.err).toMatch(/^argo-ts: --kinds: expected all, workflows, .*, found "pods"\n$/)
  })

  test("--no-strict lets unknown fields pass, and nothing else", async () => {
    const directory = directoryWith(files)
    const lax = await argo(directory, "lint", ".", "--no-strict")
    expect(lax).toMatchObject({ code: 0 })
    expect(lax.out).toMatch(/warning: .*\n.*warning: .*\n2 manifests in 2 files: 2 warnings\n$/)
    expect((await argo(directory, "lint", ".", "--strict")).code).toBe(1)
    const broken = directoryWith({
      "x.yaml": files["flow.yaml"].replace("entrypoint: main", "entrypoint: none"),
    })
    expect((await argo(broken, "lint", "x.yaml", "--no-strict")).code).toBe(1)
  })

  test("-o pretty names each file once", async () => {
    const { out } = await argo(directoryWith(files), "lint", ".", "-o", "pretty")
    const [first, issue, second, other, summary] = out.split("\n")
    expect([first, second, summary]).toEqual([
      "flow.yaml",
      "shared.yaml",
      "2 manifests in 2 files: 2 issues",
    ])
    expect(issue).toMatch(/^ {2}✖ 6:3 {2}spec\.priorty: /)
    expect(other).toMatch(/^ {2}✖ 5:\d+ {2}spec\.templates\[0\]\.retryStrategy\.limt: /)
    const wrong = await argo(".", "lint", ".", "-o", "xml")
    expect(wrong.err).toBe('argo-ts: -o: expected simple, pretty or json, found "xml"\n')
  })
})

describe("a command or option of argo that is none here", () => {
  test.each([
    [["submit", "x.yaml"], "unknown command 'submit': here it is argo-ts run"],
    [
      ["template", "create", "x.yaml"],
      "unknown command 'template': stored objects are kubectl's business",
    ],
    [["cron", "suspend", "x"], "unknown command 'suspend': stored objects are kubectl's business"],
    [["cron", "lint"], "unknown command 'lint': here it is argo-ts lint"],
    [["run", "x.yaml", "--wait"], "unknown option '--wait': run ends when the workflow has ended"],
    [["logs", "x", "-l", "a=b"], "unknown option '-l': steps have no labels here"],
    [["get", "x", "--wait"], "unknown option '--wait'\n"],
    [["constructor"], "unknown command 'constructor'\n"],
  ])("%j says what does its work", async (args, message) => {
    const { code, err } = await argo(".", ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})
