import { describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const head = "apiVersion: argoproj.io/v1alpha1\n"
const hello = `${head}kind: Workflow
metadata: { name: hello, labels: { tier: web } }
spec:
  entrypoint: main
  arguments: { parameters: [{ name: who, value: world }] }
  templates:
    - { name: main, container: { image: x, command: [echo], args: ["{{workflow.parameters.who}}"] } }
    - { name: other, container: { image: x, command: [echo], args: [other] } }
`
const simulated = ["--executor", "simulate", "--store", "runs"]

interface Shown {
  readonly metadata: { readonly [field: string]: unknown }
  readonly spec: { readonly [field: string]: unknown }
  readonly status?: { readonly phase: string }
}

describe("run says over the manifest", () => {
  test("what the run is called, its labels and its priority", async () => {
    const directory = directoryWith({ "hello.yaml": hello })
    const flags = [
      "--name",
      "mine",
      "-l",
      "team=shop,tier=api",
      "--labels",
      "a.b/c=",
      "--priority",
      "-3",
    ]
    const { code, out } = await argo(
      directory,
      "run",
      "hello.yaml",
      ...simulated,
      ...flags,
      "-o",
      "json",
    )
    expect(code).toBe(0)
    const shown = JSON.parse(out) as Shown
    expect(shown.metadata).toMatchObject({
      name: "mine",
      labels: { team: "shop", tier: "api", "a.b/c": "" },
    })
    expect(shown.spec).toMatchObject({ priority: -3 })
    const listed = await argo(directory, "list", "-l", "team=shop", "--store", "runs", "-o", "name")
    expect(listed.out).toBe("default/mine\n")
  })

  test("but not that of a run that is there: what it came to would be taken for this one's", async () => {
    const directory = directoryWith({ "hello.yaml": hello })
    expect((await argo(directory, "run", "hello.yaml", ...simulated)).code).toBe(0)
    const again = await argo(directory, "run", "hello.yaml", ...simulated)
    expect(again.code).toBe(1)
    const key = "default/hello"
    expect(again.err).toContain(
      `expected a new run, found "${key}" in the store: argo-ts run --resume ${key} goes on with it, argo-ts delete ${key} forgets it`,
    )
    const other = await argo(directory, "run", "hello.yaml", ...simulated, "--name", "other")
    expect(other.code).toBe(0)
  })

  test("with what its name begins", async () => {
    const directory = directoryWith({ "hello.yaml": hello })
    const named = ["--generate-name", "try-", "-o", "name"]
    const { out } = await argo(directory, "run", "hello.yaml", ...simulated, ...named)
    expect(out).toMatch(/^try-\w{5}\n$/)
  })

  test.each([
    [["--name", "No"], '--name: expected small letters, digits, "-" and "."'],
    [["--generate-name", "a_"], "--generate-name: expected small letters"],
    [["--name", "a", "--generate-name", "b-"], "expected --name or --generate-name, found both"],
    [["-l", "team"], '--labels: expected name=value, found "team"'],
    [["-l", "te am=x"], '--labels: expected name=value, found "te am=x"'],
    [["-l", `a=${"x".repeat(64)}`], "--labels: expected name=value"],
    [["--priority", "high"], 'expected a whole number, found "high"'],
    [
      ["--workflow-defaults", "none.yaml"],
      "--workflow-defaults: expected a file, found nothing at none.yaml",
    ],
    [["--workflow-defaults", "list.yaml"], "expected a mapping of metadata and spec in list.yaml"],
    [
      ["--workflow-defaults", "hello.yaml"],
      'expected metadata and spec in hello.yaml, found "apiVersion"',
    ],
    [["--status", "done"], "--status: expected Pending, Running"],
  ])("%j is refused in one line", async (flags, message) => {
    const directory = directoryWith({ "hello.yaml": hello, "list.yaml": "- 1\n" })
    const { code, err } = await argo(directory, "run", "hello.yaml", ...simulated, ...flags)
    expect({ code, lines: err.trim().split("\n").length }).toEqual({ code: 2, lines: 1 })
    expect(err).toContain(message)
  })
})

describe("--workflow-defaults", () => {
  test("gives what the manifest does not say", async () => {
    const defaults = `metadata: { labels: { tier: none, team: shop } }
spec: { priority: 4, entrypoint: other, arguments: { parameters: [{ name: region, value: eu }] } }
`
    const directory = directoryWith({ "hello.yaml": hello, "defaults.yaml": defaults })
    const given = ["--workflow-defaults", "defaults.yaml", "-o", "json"]
    const { out } = await argo(directory, "run", "hello.yaml", ...simulated, ...given)
    const shown = JSON.parse(out) as Shown
    expect(shown.metadata["labels"]).toEqual({ tier: "web", team: "shop" })
    expect(shown.spec).toMatchObject({ priority: 4, entrypoint: "main" })
  })

  test("that are none are refused at their own place", async () => {
    const defaults = "spec:\n  priority: 4\n  activeDeadlineSecond: 3\n"
    const directory = directoryWith({ "hello.yaml": hello, "defaults.yaml": defaults })
    const given = ["--workflow-defaults", "defaults.yaml"]
    const { code, err } = await argo(directory, "run", "hello.yaml", ...simulated, ...given)
    expect(code).toBe(1)
    expect(err).toMatch(/^argo-ts: defaults\.yaml:3:\d+: spec\.activeDeadlineSecond: /)
  })
})

describe("run --dry-run", () => {
  test("prints what would run, and runs nothing", async () => {
    const directory = directoryWith({ "hello.yaml": hello })
    const flags = ["-p", "who=moon", "--entrypoint", "other", "-l", "team=shop", "--dry-run"]
    const { code, out } = await argo(
      directory,
      "run",
      "hello.yaml",
      "--store",
      "runs",
      ...flags,
      "-o",
      "json",
    )
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      metadata: { name: "hello", labels: { tier: "web", team: "shop" } },
      spec: { entrypoint: "other", arguments: { parameters: [{ name: "who", value: "moon" }] } },
    })
    expect(out).not.toMatch(/"uid"|creationTimestamp|status/)
    expect((await argo(directory, "list", "--store", "runs")).out).toBe("no runs\n")
  })

  test("is a manifest that runs the same", async () => {
    const directory = directoryWith({
      "hello.yaml": hello.replace("name: hello", "generateName: hello-"),
    })
    const { out } = await argo(directory, "run", "hello.yaml", "--dry-run", "-p", "who=moon")
    expect(out).toContain("generateName: hello-")
    const again = directoryWith({ "again.yaml": out })
    expect((await argo(again, "run", "again.yaml", "--dry-run")).out).toBe(out)
  })

  test("names what is wrong, and cannot resume", async () => {
    const directory = directoryWith({ "hello.yaml": hello })
    const wrong = await argo(directory, "run", "hello.yaml", "--dry-run", "--entrypoint", "none")
    expect(wrong).toMatchObject({ code: 1 })
    expect(wrong.err).toContain('hello.yaml:5:3: spec.entrypoint: names the template "none"')
    expect(
      await argo(directory, "run", "--resume", "x", "--store", "runs", "--dry-run"),
    ).toMatchObject({
      code: 2,
    })
  })
})

const passing = `${head}kind: Workflow
metadata: { name: passing }
spec:
  entrypoint: main
  arguments: { parameters: [{ name: code, value: "1" }] }
  templates:
    - name: main
      dag:
        tasks:
          - { name: make, template: make }
          - { name: use, template: use, depends: make, arguments: { artifacts: [{ name: in, from: "{{tasks.make.outputs.artifacts.out}}" }] } }
    - name: make
      outputs: { artifacts: [{ name: out, path: /tmp/out }] }
      container: { image: x, command: [sh, -c], args: ["echo made > /tmp/out"] }
    - name: use
      inputs: { artifacts: [{ name: in, path: /tmp/in }] }
      container: { image: x, command: [sh, -c], args: ["cat /tmp/in; exit {{workflow.parameters.code}}"] }
`

test("artifacts of a run that is kept are there when it is retried", async () => {
  const files = directoryWith({ "passing.yaml": passing })
  const store = ["--store", "runs"]
  expect((await argo(files, "run", "passing.yaml", ...store)).code).toBe(1)
  expect(await argo(files, "retry", "passing", "-p", "code=0", ...store)).toMatchObject({ code: 0 })
  const logs = await argo(files, "logs", "passing", "use", ...store)
  expect(logs.out).toBe("use: made\n")
})

test("a ConfigMap beside the workflow says how many a semaphore lets in", async () => {
  const locked = hello.replace(
    "  entrypoint: main\n",
    "  entrypoint: main\n  synchronization: { semaphores: [{ configMapKeyRef: { name: limits, key: db } }] }\n",
  )
  const limits = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: limits }\ndata: { db: "2" }\n'
  const directory = directoryWith({ "locked.yaml": locked, "limits.yaml": limits })
  const without = await argo(directory, "run", "locked.yaml")
  expect(without.code).toBe(1)
  expect(without.out).toContain("Failed to get semaphore limit")
  expect(await argo(directory, "run", "locked.yaml", "limits.yaml")).toMatchObject({ code: 0 })
})
