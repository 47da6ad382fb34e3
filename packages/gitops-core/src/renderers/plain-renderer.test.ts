import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import type { ApplicationSource } from "../api/source.js"
import { plainRenderer } from "./plain-renderer.js"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function checkout(files: { readonly [path: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), "render-"))
  folders.push(folder)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}
const config = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
const repoURL = "https://git.example.com/shop.git"

async function render(
  folder: string,
  source: Omit<ApplicationSource, "repoURL"> = {},
): Promise<readonly string[]> {
  const result = await plainRenderer().render(folder, { repoURL, ...source })
  return result.ok
    ? result.value.map((object) => `${object.kind}/${object.metadata.name}`)
    : result.issues.map(({ message }) => message)
}

describe("files", () => {
  const files = {
    "b.yaml": `${config("b1")}---\n${config("b2")}`,
    "a.yml": config("a"),
    "c.json": JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } }),
    "notes.txt": "kind: nothing",
    "deep/d.yaml": config("d"),
    "deep/values.yaml": "replicas: 3\n",
  }
  test("by path, of the folder itself", async () => {
    expect(await render(checkout(files))).toEqual([
      "ConfigMap/a",
      "ConfigMap/b1",
      "ConfigMap/b2",
      "ConfigMap/c",
    ])
  })
  test("below it with `recurse`; documents that are no manifests are left out", async () => {
    expect(await render(checkout(files), { path: "deep" })).toEqual(["ConfigMap/d"])
    expect(await render(checkout(files), { directory: { recurse: true } })).toHaveLength(5)
  })
  test("`include` and `exclude` are globs over the path; `exclude` is asked first", async () => {
    const directory = { recurse: true, include: "{a.yml,deep/*}", exclude: "*values*" }
    expect(await render(checkout(files), { directory })).toEqual(["ConfigMap/a", "ConfigMap/d"])
  })
  test("lists are flattened, null items dropped, marked files skipped", async () => {
    const list = JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [
        null,
        { apiVersion: "v1", kind: "ConfigMapList", items: [] },
        JSON.parse(files["c.json"]),
      ],
    })
    const folder = checkout({
      "list.json": list,
      "none.yaml": "apiVersion: v1\nkind: List\nitems: null\n",
      "skip.yaml": `# +argocd:skip-file-rendering\n${config("skipped")}`,
    })
    expect(await render(folder)).toEqual(["ConfigMap/c"])
  })
})

describe("what is refused", () => {
  test("broken manifests name file, line and column; other broken YAML is ignored", async () => {
    const broken = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [}\n"
    const [issue] = await render(checkout({ "web/broken.yaml": broken }), { path: "web" })
    expect(issue).toMatch(/^broken\.yaml:3:\d+: /)
    expect(await render(checkout({ "values.yaml": "a: [1" }))).toEqual([])
  })
  test("objects without a kind or a name, each with its line", async () => {
    const text = "apiVersion: v1\nmetadata: {name: x}\n---\napiVersion: v1\nkind: ConfigMap\n"
    expect(await render(checkout({ "x.yaml": text }))).toEqual([
      "x.yaml:1: kind is required, and missing",
      "x.yaml:4: metadata.name is required, and missing",
    ])
  })
  test("paths and links that lead out of the repository", async () => {
    const outside = checkout({ "secret.yaml": config("secret") })
    const folder = checkout({ "a.yaml": config("a") })
    symlinkSync(join(outside, "secret.yaml"), join(folder, "b.yaml"))
    expect(await render(folder)).toEqual(["b.yaml: leads out of the repository"])
    expect(await render(folder, { path: "../" })).toEqual(["../: leads out of the repository"])
    expect(await render(folder, { path: "nowhere" })).toEqual(["nowhere: app path does not exist"])
  })
  test("links inside the repository are followed", async () => {
    const folder = checkout({ "base/a.yaml": config("a"), "web/b.yaml": config("b") })
    symlinkSync("../base/a.yaml", join(folder, "web/a.yaml"))
    expect(await render(folder, { path: "web" })).toEqual(["ConfigMap/a", "ConfigMap/b"])
  })
  test("more than ten megabytes, before they are read", async () => {
    const folder = checkout({ "big.yaml": "x".repeat(11 * 1024 * 1024) })
    expect((await render(folder))[0]).toMatch(/^big\.yaml: expected at most \d+ bytes/)
  })
  test("an alias bomb", async () => {
    const lines = [
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata: {name: bomb}",
      "a0: &a0 [x, x, x, x, x, x, x, x, x, x]",
    ]
    for (let level = 1; level <= 9; level++) {
      const alias = `*a${level - 1}`
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => alias).join(", ")}]`)
    }
    expect((await render(checkout({ "bomb.yaml": lines.join("\n") })))[0]).toContain(
      "values after aliases are expanded",
    )
  })
  test.each([
    ["Chart.yaml", "Helm"],
    ["kustomization.yaml", "Kustomize"],
    ["main.jsonnet", "Jsonnet"],
    [".argocd-source.yaml", "source overrides"],
  ])("%s: %s is not built yet", async (file, tool) => {
    const [issue] = await render(checkout({ [file]: "{}", "a.yaml": config("a") }))
    expect(issue).toContain(tool)
  })
})
