import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://git.example.com/shop.git
    path: prod
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
`

/** Lints one file and answers its lines without the summary. */
async function issuesOf(text: string): Promise<{ code: number; lines: readonly string[] }> {
  const { code, out, err } = await argo(directoryWith({ "bad.yaml": text }), "lint", "bad.yaml")
  expect(err).toBe("")
  expect(out).not.toMatch(/\n\s+at /)
  return { code, lines: out.trim().split("\n").slice(0, -1) }
}

describe("manifests", () => {
  test("good ones", async () => {
    const answer = await argo(directoryWith({ "a.yaml": application }), "lint", ".")
    expect(answer).toEqual({ code: 0, out: "1 manifest in 1 file: no issues\n", err: "" })
  })

  test("broken YAML", async () => {
    const { code, lines } = await issuesOf("kind: [Workflow\nmetadata: {}\n")
    expect(code).toBe(1)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^bad\.yaml:2:\d+: /)
  })

  test("an unknown field", async () => {
    const { code, lines } = await issuesOf(application.replace("    path:", "    pth:"))
    expect(code).toBe(1)
    expect(lines[0]).toMatch(/^bad\.yaml:10:5: spec\.source\.pth: .*did you mean "?path"?/)
  })

  test("a wrong type", async () => {
    const { code, lines } = await issuesOf(application.replace("path: prod", "path: [prod]"))
    expect(code).toBe(1)
    expect(lines[0]).toMatch(/^bad\.yaml:10:5: spec\.source\.path: expected a text, found a list/)
  })

  test("an unknown kind", async () => {
    const { code, lines } = await issuesOf(
      application.replace("kind: Application", "kind: Aplication"),
    )
    expect(code).toBe(1)
    expect(lines).toEqual([
      "bad.yaml:2:1: kind: expected a kind that argo-ts knows, found Aplication of argoproj.io/v1alpha1",
    ])
  })

  test("a document that is no manifest", async () => {
    const { code, lines } = await issuesOf("- 1\n- 2\n")
    expect(code).toBe(1)
    expect(lines).toEqual([
      "bad.yaml:1:1: expected a manifest with apiVersion and kind, found a list",
    ])
  })

  test("an alias bomb", async () => {
    const levels = Array.from({ length: 20 }, (_, level) => {
      const inner = level === 0 ? "1" : `*a${level - 1}`
      return `a${level}: &a${level} [${Array.from({ length: 9 }, () => inner).join(", ")}]`
    })
    const { code, lines } = await issuesOf(`kind: X\n${levels.join("\n")}\n`)
    expect(code).toBe(1)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^bad\.yaml:\d+:\d+: expected at most/)
  })

  test("fifty megabytes", async () => {
    const directory = directoryWith({ "big.yaml": "" })
    truncateSync(join(directory, "big.yaml"), 50 * 1024 * 1024)
    const { code, out } = await argo(directory, "lint", "big.yaml")
    expect(code).toBe(1)
    expect(out.split("\n")[0]).toBe(
      "big.yaml:1:1: expected a file of at most 10 MiB, found 50.0 MiB",
    )
  })

  test("an empty directory, and a path that leads nowhere", async () => {
    const directory = directoryWith({})
    mkdirSync(join(directory, "empty"))
    expect(await argo(directory, "lint", "empty")).toEqual({
      code: 2,
      out: "",
      err: "argo-ts: empty: expected manifests (*.yaml, *.yml, *.json), found none\n",
    })
    const missing = await argo(directory, "lint", "nowhere.yaml")
    expect(missing.err).toBe("argo-ts: nowhere.yaml: expected a file or directory, found nothing\n")
    expect(missing.code).toBe(2)
  })

  test("a path of a promotion step that leads out", async () => {
    const stage = `apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata:
  name: dev
  namespace: shop
spec:
  requestedFreight:
    - origin: { kind: Warehouse, name: shop }
      sources: { direct: true }
  promotionTemplate:
    spec:
      steps:
        - uses: git-commit
          config: { path: ../../etc, message: x }
`
    expect(await issuesOf(stage)).toEqual({
      code: 1,
      lines: [
        'bad.yaml:14:21: spec.promotionTemplate.spec.steps[0].config.path: expected a path inside the work directory, found "../../etc"',
      ],
    })
  })

  test("a cyclic DAG and a missing template", async () => {
    const workflow = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { generateName: x- }
spec:
  entrypoint: main
  templates:
    - name: main
      dag:
        tasks:
          - { name: a, template: work, depends: b }
          - { name: b, template: work, depends: a }
          - { name: c, template: wrok }
    - name: work
      container: { image: busybox, command: ["true"] }
`
    const { code, lines } = await issuesOf(workflow)
    expect(code).toBe(1)
    expect(lines).toEqual([
      "bad.yaml:9:9: spec.templates[0].dag.tasks: tasks depend on each other in a circle: a → b → a",
      'bad.yaml:12:24: spec.templates[0].dag.tasks[2].template: names the template "wrok", which does not exist (did you mean "work"?)',
    ])
  })

  test("as JSON", async () => {
    const text = application.replace("    path:", "    pth:")
    const answer = await argo(directoryWith({ "bad.yaml": text }), "lint", "bad.yaml", "-o", "json")
    const json = JSON.parse(answer.out) as { ok: boolean; issues: { path: string; line: number }[] }
    expect(answer.code).toBe(1)
    expect(json).toMatchObject({ ok: false, files: 1, manifests: 1 })
    expect(json.issues[0]).toMatchObject({ file: "bad.yaml", line: 10, path: "spec.source.pth" })
  })
})

describe("misuse", () => {
  test.each([
    [["runn", "a.yaml"], "unknown command 'runn': did you mean run?"],
    [["list", "--stroe", "x"], "unknown option '--stroe': did you mean --store?"],
  ])("what is nearly a name: %j", async (args, message) => {
    const { code, err } = await argo(directoryWith({}), ...args)
    expect({ code, err }).toEqual({ code: 2, err: `argo-ts: ${message}\n` })
  })

  test.each([
    [["lnt"], "unknown command 'lnt'"],
    [["lint"], "missing required argument 'path'"],
    [["lint", "--fast", "."], "unknown option '--fast'"],
    [["lint", ".", "-o", "yaml"], '-o: expected simple, pretty or json, found "yaml"'],
    [["demo", "--seed", "x"], 'expected a whole number, found "x"'],
    [["up", "--until", "soon"], '--until: expected a duration like 30s, found "soon"'],
    [["up", "--address", "x"], '--address: expected URL=PLACE, found "x"'],
    [
      ["up", "--log", "no/where/log"],
      "--log: expected a directory for no/where/log, found nothing",
    ],
  ])("%j", async (args, message) => {
    const { code, out, err } = await argo(directoryWith({ "a.yaml": application }), ...args)
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(message)
    expect(err.trim().split("\n")).toHaveLength(1)
  })

  test("as JSON", async () => {
    const { code, out } = await argo(directoryWith({}), "lint", "nowhere", "-o", "json")
    expect(code).toBe(2)
    expect(JSON.parse(out)).toEqual({
      ok: false,
      error: {
        code: "FileNotFound",
        message: "nowhere: expected a file or directory, found nothing",
      },
    })
  })
})

describe("stores", () => {
  const hello = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: hello }
spec:
  entrypoint: main
  templates: [{ name: main, container: { image: alpine } }]
`

  test("a place that can be no directory", async () => {
    const directory = directoryWith({ taken: "" })
    for (const place of ["taken", "taken/below"]) {
      expect(await argo(directory, "list", "--store", place)).toEqual({
        code: 2,
        out: "",
        err: `argo-ts: --store: expected a directory at ${place}, found a file in its place\n`,
      })
    }
  })

  test("a server that is not there, without what the URL keeps secret", async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const { port } = server.address() as AddressInfo
    await new Promise((done) => server.close(done))
    const url = `postgres://me:secret@127.0.0.1:${port}/runs`
    const { code, err } = await argo(directoryWith({}), "list", "--store", url)
    expect(code).toBe(2)
    expect(err).toContain(`--store: expected a PostgreSQL server at 127.0.0.1:${port}: `)
    expect(err).not.toContain("secret")
  })

  test("a run that cannot be read: the others are listed, and it can be forgotten", async () => {
    const directory = directoryWith({ "hello.yaml": hello })
    const store = ["--store", "kept"]
    const run = (name: string) =>
      argo(directory, "run", "hello.yaml", "--name", name, "--executor", "simulate", ...store)
    expect(await run("bad")).toMatchObject({ code: 0 })
    expect(await run("good")).toMatchObject({ code: 0 })
    const journal = join(directory, "kept", "runs", "default", "bad.journal")
    const [first = "", ...rest] = readFileSync(journal, "utf8").split("\n")
    writeFileSync(journal, [first.replace("Workflow", "Worktlow"), ...rest].join("\n"))
    const listed = await argo(directory, "list", "-o", "name", ...store)
    expect(listed).toMatchObject({ code: 1, out: "default/good\n" })
    const refused = await argo(directory, "get", "bad", ...store)
    expect(refused.code).toBe(1)
    for (const { err } of [listed, refused]) {
      expect(err).toMatch(/^argo-ts: .*bad\.journal:1: the journal is damaged: .*; bring the file/)
      expect(err).toMatch(/forget the run: argo-ts delete default\/bad\n$/)
    }
    expect(await argo(directory, "delete", "bad", ...store)).toMatchObject({ code: 0 })
    expect(await argo(directory, "list", "-o", "name", ...store)).toMatchObject({
      code: 0,
      out: "default/good\n",
    })
  })
})

describe("up", () => {
  test("an unreachable and a dirty repository", async () => {
    const directory = directoryWith({ "repository/a.txt": "1", "plain/a.txt": "1" })
    const repository = join(directory, "repository")
    execFileSync("git", ["init", "-q", repository])
    const url = "https://git.example.com/shop.git"
    const up = async (place: string): Promise<string> => {
      const { code, err } = await argo(
        directory,
        "up",
        "--until",
        "0s",
        "--address",
        `${url}=${place}`,
      )
      expect(code).toBe(2)
      return err
    }
    expect(await up("nowhere")).toBe(
      `argo-ts: --address ${url}: expected a git repository at nowhere, found nothing\n`,
    )
    expect(await up("plain")).toMatch(
      /expected a git repository at plain, found a directory without one/,
    )
    expect(await up("repository")).toMatch(
      /expected a repository without uncommitted changes at repository, found 1 /,
    )
  })

  test("a port in use, before anything is applied", async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const { port } = server.address() as AddressInfo
    const source = `apiVersion: argoproj.io/v1alpha1
kind: EventSource
metadata:
  name: hook
spec:
  webhook:
    push:
      endpoint: /push
      method: POST
      port: "${port}"
`
    const directory = directoryWith({ "source.yaml": source })
    const log = join(directory, "cluster.jsonl")
    writeFileSync(log, "")
    const { code, err } = await argo(directory, "up", "-f", "source.yaml", "--until", "0s")
    server.close()
    expect(err).toContain(
      `source.yaml:10:7: spec.webhook.push.port: expected a free port, found ${port} in use\n`,
    )
    expect(code).toBe(1)
  })

  test("kubectl's port: none, in use, and a kubeconfig that only this user reads", async () => {
    const directory = directoryWith({})
    const odd = await argo(directory, "up", "--port", "x", "--until", "0s")
    expect(odd).toMatchObject({ code: 2 })
    expect(odd.err).toContain('--port: expected a number from 0 to 65535, found "x"')
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const { port } = server.address() as AddressInfo
    const taken = await argo(directory, "up", "--port", String(port), "--until", "0s")
    server.close()
    expect(taken.err).toContain(`--port: expected a free port, found ${port} in use`)
    expect(taken.code).toBe(2)
    writeFileSync(join(directory, "kube.json"), "", { mode: 0o644 })
    const up = await argo(directory, "up", "--kubeconfig", "kube.json", "--until", "0s")
    expect(up.code).toBe(0)
    expect(up.err).toContain(`kubectl --kubeconfig ${join(directory, "kube.json")} get all`)
    const file = join(directory, "kube.json")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, "utf8")).toMatch(/"server": ?"https:\/\/127\.0\.0\.1:\d+"/)
  })

  test("a bad manifest, before anything is applied", async () => {
    const directory = directoryWith({ "a.yaml": application.replace("    path:", "    pth:") })
    const { code, err } = await argo(directory, "up", "-f", ".", "--until", "0s")
    expect(code).toBe(1)
    expect(err).toContain("a.yaml:10:5: spec.source.pth: ")
  })
})
