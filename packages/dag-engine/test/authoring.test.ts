import { parseManifests } from "@argo-ts/kernel/yaml"
import ts from "typescript"
import { describe, expect, test } from "vitest"
import {
  defineSteps,
  defineTemplate,
  defineWorkflow,
  generateTypes,
  type TypesOf,
} from "../src/authoring/index.js"
import { runEmitter } from "../src/emitter/index.js"
import { openRun, parseWorkflow, runWorkflow, type WorkflowTemplate } from "../src/index.js"
import { lintWorkflows } from "../src/lint/index.js"

const build = defineTemplate({
  inputs: ["branch"],
  defaults: { target: "release" },
  outputs: { image: "/tmp/image" },
  container: { image: "kaniko", args: ["{{inputs.parameters.branch}}"] },
})
const deploy = defineTemplate({ inputs: ["image"], container: { image: "kubectl" } })

const release = defineWorkflow({
  name: "release",
  parameters: { branch: "main" },
  templates: { build, deploy },
  flow: ({ task, parameters }) => {
    const built = task("build", "build", { branch: parameters.branch })
    task("deploy", "deploy", { image: built.outputs.image }, { depends: [built] })
  },
})

const steps = defineSteps<TypesOf<typeof release>>({
  build: async ({ parameters }) => ({
    parameters: { image: `shop:${parameters.branch}-${parameters.target}` },
  }),
  deploy: ({ parameters }) => `deployed ${parameters.image}`,
})

describe("a workflow written in TypeScript", () => {
  test("is plain YAML that any Argo reads", () => {
    const parsed = parseManifests(release.toYaml(), { file: "x" })
    const [document] = parsed.ok ? parsed.value : []
    expect(parseWorkflow(document?.value)).toMatchObject({ ok: true })
    expect(document?.value).toEqual(JSON.parse(JSON.stringify(release.manifest)))
    expect(lintWorkflows([document?.value])).toEqual([])
  })

  test("runs with functions of its types", async () => {
    const { status } = await runWorkflow(release.manifest, {
      executors: [steps],
      arguments: { branch: "topic" },
    })
    const results = Object.values(status?.nodes ?? {}).flatMap(
      ({ outputs }) => outputs?.result ?? [],
    )
    expect(results).toEqual(["deployed shop:topic-release"])
  })

  test("a name that is taken is a mistake of the author", () => {
    const twice = () =>
      defineWorkflow({
        name: "x",
        templates: { deploy },
        flow: ({ task }) => {
          task("a", "deploy", { image: "x" })
          task("a", "deploy", { image: "y" })
        },
      })
    expect(twice).toThrow(TypeError)
  })

  test("does not compile where a call is wrong", () => {
    defineWorkflow({
      name: "x",
      templates: { build, deploy },
      flow: ({ task }) => {
        const built = task("a", "build", { branch: "x", target: "debug" })
        // @ts-expect-error an argument is missing
        task("b", "deploy", {})
        // @ts-expect-error an argument that is not declared
        task("c", "deploy", { image: "x", imgae: "y" })
        // @ts-expect-error an output that does not exist
        task("d", "deploy", { image: String(built.outputs.imgae) })
        // @ts-expect-error a template that does not exist
        task("e", "deplyo", { image: "x" })
      },
    })
    defineSteps<TypesOf<typeof release>>({
      // @ts-expect-error an output is missing
      build: () => ({ parameters: {} }),
      // @ts-expect-error an input that is not declared
      deploy: ({ parameters }) => parameters.branch,
    })
  })
})

test("types for callers compile, whatever a template is called", () => {
  const template: WorkflowTemplate = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowTemplate",
    metadata: { name: "9-ci.build" },
    spec: {
      arguments: {
        parameters: [{ name: "mode", value: "a", enum: ["a", 'b"'] }, { name: "repo" }],
      },
      templates: [
        {
          name: "it's",
          inputs: { parameters: [{ name: "who-is", description: "*/ evil /*" }] },
          outputs: { parameters: [{ name: "out", valueFrom: { path: "/o" } }] },
          container: { image: "x" },
        },
      ],
    },
  }
  const source = generateTypes(template)
  const use = `${source}
const args: Workflow9CiBuildArguments = { repo: "x", mode: "b\\"" }
const inputs: Workflow9CiBuildTemplates["it's"]["inputs"] = { "who-is": "me" }
export { args, inputs }`
  const host = ts.createCompilerHost({})
  const read = host.getSourceFile
  host.getSourceFile = (name, options) =>
    name === "use.ts" ? ts.createSourceFile(name, use, ts.ScriptTarget.ES2023) : read(name, options)
  host.writeFile = () => undefined
  const program = ts.createProgram(
    ["use.ts"],
    { strict: true, noEmit: true, types: [], lib: ["lib.es5.d.ts"], skipLibCheck: true },
    host,
  )
  const found = ts.getPreEmitDiagnostics(program)
  expect(found.map(({ messageText }) => messageText)).toEqual([])
})

test("an emitter tells nodes, phases and the end, in order", async () => {
  const run = await openRun(release.manifest, { executors: [steps] })
  const seen: string[] = []
  const emitter = runEmitter(run)
  emitter.on("node", ({ node }) => seen.push(`${node.displayName} ${node.phase}`))
  const phase = await new Promise((resolve) => {
    emitter.on("done", (workflow) => resolve(workflow.status?.phase))
  })
  expect(phase).toBe("Succeeded")
  expect(seen).toContain("build Succeeded")
  expect(seen.indexOf("build Succeeded")).toBeLessThan(seen.indexOf("deploy Succeeded"))
})
