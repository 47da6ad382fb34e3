import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const workflow = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: hello
spec:
  entrypoint: main
  arguments:
    parameters:
      - name: who
        value: world
  templates:
    - name: main
      dag:
        tasks:
          - name: greet
            template: say
            arguments: { parameters: [{ name: text, value: "hello {{workflow.parameters.who}}" }] }
          - name: leave
            template: say
            depends: greet
            arguments: { parameters: [{ name: text, value: "{{tasks.greet.outputs.result}}, bye" }] }
    - name: say
      inputs: { parameters: [{ name: text }] }
      container: { image: busybox, command: [echo], args: ["{{inputs.parameters.text}}"] }
`

interface Ran {
  readonly status: {
    readonly phase: string
    readonly nodes: {
      readonly [id: string]: { displayName: string; outputs?: { result?: string } }
    }
  }
}

function resultOf(out: string, step: string): string | undefined {
  const { nodes } = (JSON.parse(out) as Ran).status
  return Object.values(nodes).find(({ displayName }) => displayName === step)?.outputs?.result
}

describe("processes", () => {
  test("run on this machine, and the final Workflow is JSON", async () => {
    const directory = directoryWith({ "hello.yaml": workflow })
    const { code, out } = await argo(directory, "run", "hello.yaml", "-p", "who=moon", "-o", "json")
    expect(code).toBe(0)
    expect(resultOf(out, "leave")).toBe("hello moon, bye")
  })

  test("as text: the tree on standard output, the rest beside it", async () => {
    const { code, out, err } = await argo(
      directoryWith({ "hello.yaml": workflow }),
      "run",
      "hello.yaml",
    )
    expect(code).toBe(0)
    expect(out).toMatch(/✔ hello[\s\S]*✔ greet[\s\S]*✔ leave/)
    expect(err).toContain("steps run as processes of this machine, not in their images\n")
    expect(err).toContain("hello world")
  })

  test("a step that fails is answered with 1", async () => {
    const failing = workflow.replace("command: [echo]", 'command: [sh, -c, "exit 3"]')
    const { code, out } = await argo(directoryWith({ "hello.yaml": failing }), "run", "hello.yaml")
    expect(code).toBe(1)
    expect(out).toContain("exit code 3")
  })

  test("a command that is not installed here names the image and the way out", async () => {
    const missing = workflow.replace("command: [echo]", "command: [no-such-command-here]")
    const { code, out } = await argo(directoryWith({ "hello.yaml": missing }), "run", "hello.yaml")
    expect(code).toBe(1)
    expect(out).toContain("busybox")
    expect(out).toContain("--executor simulate")
  })
})

describe("simulate", () => {
  test("runs nothing, and steps end as the rules say", async () => {
    const outcomes =
      "- node: '*.greet'\n  result: hey\n- node: '*.leave'\n  phase: Failed\n  exitCode: 7\n"
    const directory = directoryWith({ "hello.yaml": workflow, "outcomes.yaml": outcomes })
    const args = [
      "run",
      "hello.yaml",
      "--executor",
      "simulate",
      "--outcomes",
      "outcomes.yaml",
      "-o",
      "json",
    ]
    const { code, out } = await argo(directory, ...args)
    expect(code).toBe(1)
    expect(resultOf(out, "greet")).toBe("hey")
    expect((JSON.parse(out) as Ran).status.phase).toBe("Failed")
  })
})

describe("bad input", () => {
  const cyclic = workflow.replace(
    "template: say\n            arguments",
    "template: say\n            depends: leave\n            arguments",
  )
  test.each([
    ["a cyclic DAG", cyclic, /^argo-ts: hello\.yaml:\d+:\d+: .*(cycle|cyclic|leave)/],
    [
      "a missing template",
      workflow.replace("template: say", "template: sya"),
      /^argo-ts: hello\.yaml:\d+:\d+: .*"?sya"?/,
    ],
    [
      "no workflow",
      workflow.replace("kind: Workflow", "kind: WorkflowTemplate"),
      /expected one Workflow, found none/,
    ],
  ])("%s", async (_what, text, message) => {
    const { code, out, err } = await argo(
      directoryWith({ "hello.yaml": text }),
      "run",
      "hello.yaml",
    )
    expect(out).toBe("")
    expect(err).toMatch(message)
    expect(err.trim().split("\n")).toHaveLength(1)
    expect(code).toBeGreaterThan(0)
  })

  test.each([
    [["-p", "__proto__=x"], 'expected a parameter of the workflow (who), found "__proto__"'],
    [["-p", "constructor=x"], 'expected a parameter of the workflow (who), found "constructor"'],
    [["-p", "who"], '-p: expected name=value, found "who"'],
    [["--executor", "docker"], '--executor: expected process or simulate, found "docker"'],
    [
      ["--executor", "simulate", "--outcomes", "none.yaml"],
      "expected a file, found nothing at none.yaml",
    ],
    [
      ["--executor", "simulate", "--outcomes", "bad.yaml"],
      'bad.yaml:1:3: [0].phas: no such field (did you mean "phase"?)',
    ],
    [["--outcomes", "bad.yaml"], "--outcomes: expected --executor simulate beside it"],
  ])("%j", async (args, message) => {
    const directory = directoryWith({ "hello.yaml": workflow, "bad.yaml": "- phas: Failed\n" })
    const { code, out, err } = await argo(directory, "run", "hello.yaml", ...args)
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(message)
    expect(err.trim().split("\n")).toHaveLength(1)
  })

  test("__proto__ as a parameter that is declared is a name like any other", async () => {
    const named = workflow
      .replace("- name: who", "- name: __proto__")
      .replace("parameters.who", "parameters.__proto__")
    const args = ["run", "hello.yaml", "-p", "__proto__=x", "--executor", "simulate", "-o", "json"]
    const { code, out } = await argo(directoryWith({ "hello.yaml": named }), ...args)
    expect(code).toBe(0)
    expect(out).toContain("hello x")
  })
})

test("a ConfigMap beside the workflow gives its parameters; without it the run says which is missing", async () => {
  const source = "valueFrom: { configMapKeyRef: { name: settings, key: who } }"
  const cwd = directoryWith({
    "hello.yaml": workflow.replace("value: world", source),
    "settings.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { who: map }\n",
  })
  const found = await argo(cwd, "run", "hello.yaml", "settings.yaml", "-o", "json")
  expect(resultOf(found.out, "greet")).toBe("hello map")
  const missing = await argo(cwd, "run", "hello.yaml")
  expect(missing.code).toBe(1)
  expect(missing.out).toContain("ConfigMap 'settings' is not there")
})

test("Secrets and artifact repositories are found beside the workflow", async () => {
  const server = createServer((request, response) => response.end(request.headers.authorization))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const key = (name: string): string => `{ name: login, key: ${name} }`
  const basic = `{ usernameSecret: ${key("user")}, passwordSecret: ${key("word")} }`
  const http = `{ url: "http://127.0.0.1:${port}/", auth: { basicAuth: ${basic} } }`
  const reads = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: reads }
spec:
  entrypoint: main
  templates:
    - name: main
      inputs: { artifacts: [{ name: in, path: /in, http: ${http} }] }
      container: { image: alpine, command: [cat, /in] }
`
  const login = `apiVersion: v1
kind: Secret
metadata: { name: login }
stringData: { user: me }
data: { word: ${Buffer.from("pass").toString("base64")} }
`
  const cwd = directoryWith({ "wf.yaml": reads, "login.yaml": login })
  const found = await argo(cwd, "run", "wf.yaml", "login.yaml", "-o", "json")
  server.close()
  const proof = `Basic ${Buffer.from("me:pass").toString("base64")}`
  expect(resultOf(found.out, "reads")).toBe(proof)
  const kept = reads.replace("spec:\n", "spec:\n  artifactRepositoryRef: { key: mine }\n")
  const other = directoryWith({ "wf.yaml": kept })
  const missing = await argo(other, "run", "wf.yaml")
  expect(missing.out).toContain("with the key 'mine') is not there")
  const simulated = await argo(other, "run", "wf.yaml", "--executor", "simulate")
  expect(simulated.out).toContain("Succeeded")
})
