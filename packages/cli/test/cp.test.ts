import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const store = ["--store", "runs"]
const making = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: making, namespace: shop }
spec:
  entrypoint: main
  templates:
    - name: main
      steps: [[{ name: each, template: make, withItems: [../a, b], arguments: { parameters: [{ name: item, value: "{{item}}" }] } }]]
    - name: make
      inputs: { parameters: [{ name: item }] }
      outputs: { artifacts: [{ name: text, path: /tmp/text }, { name: folder, path: /tmp/folder }] }
      container:
        image: x
        command: [sh, -c]
        args: ["echo {{inputs.parameters.item}} > /tmp/text; mkdir /tmp/folder; echo deep > /tmp/folder/file"]
`

async function made(): Promise<string> {
  const directory = directoryWith({ "making.yaml": making })
  expect(await argo(directory, "run", "making.yaml", ...store)).toMatchObject({ code: 0 })
  return directory
}

test("every output artifact of a run lies below the directory, files and folders", async () => {
  const directory = await made()
  const { code, out } = await argo(directory, "cp", "shop/making", "out", ...store, "-o", "json")
  expect(code).toBe(0)
  const copies = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { path: string; artifact: string })
  expect(copies.map(({ artifact }) => artifact)).toEqual(["text", "folder", "text", "folder"])
  expect(copies[0]?.path).toMatch(/^out\/shop\/making\/making-\d+\/outputs\/text$/)
  const texts = copies.filter(({ artifact }) => artifact === "text")
  const read = (path: string): string => readFileSync(join(directory, path), "utf8")
  expect(texts.map(({ path }) => read(path))).toEqual(["../a\n", "b\n"])
  expect(read(join(copies[1]?.path ?? "", "file"))).toBe("deep\n")
})

test("some of them, where one wants them; names never lead out", async () => {
  const directory = await made()
  const some = ["--artifact-name", "text", "--path", "{nodeName}/{artifactName}.txt"]
  const { out } = await argo(directory, "cp", "shop/making", "out", ...some, ...store)
  expect(out).toBe(
    "text of each(0:../a): out/each(0:.._a)/text.txt\ntext of each(1:b): out/each(1:b)/text.txt\n",
  )
  const one = [
    "--node-field-selector",
    "inputs.parameters.item.value=b",
    "--path",
    "{artifactName}",
  ]
  await argo(directory, "cp", "shop/making", "one", ...one, ...store)
  expect(readFileSync(join(directory, "one/text"), "utf8")).toBe("b\n")
  await argo(
    directory,
    "cp",
    "shop/making",
    "two",
    "--node",
    "each(1:b)",
    "--path",
    "{artifactName}",
    ...store,
  )
  expect(readFileSync(join(directory, "two/text"), "utf8")).toBe("b\n")
})

test.each([
  [
    ["--path", "{artifactName}"],
    "--path: expected a place for each artifact, found one for making[0].each(0:../a) and making[0].each(1:b)",
    2,
  ],
  [["--path", "../{nodeId}{artifactName}"], "--path: expected a place below the directory", 2],
  [["--path", "{color}"], "--path: expected {namespace}, {workflowName}", 2],
  [
    ["--artifact-name", "gone"],
    "expected output artifacts of making (it has text, folder), found none that is meant",
    1,
  ],
  [["--status", "Failed"], "found none that is meant", 1],
])("%j is refused, and nothing is copied", async (flags, message, code) => {
  const directory = await made()
  const answer = await argo(directory, "cp", "shop/making", "out", ...flags, ...store)
  expect(answer.code).toBe(code)
  expect(answer.err).toContain(message)
  expect(existsSync(join(directory, "out"))).toBe(false)
})

test("what is there already stays, unless it is to be replaced; what is gone is told", async () => {
  const directory = await made()
  const some = [
    "cp",
    "shop/making",
    "out",
    "--artifact-name",
    "text",
    "--path",
    "{nodeId}",
    ...store,
  ]
  expect((await argo(directory, ...some)).code).toBe(0)
  const again = await argo(directory, ...some)
  expect(again.code).toBe(1)
  expect(again.err).toMatch(
    /^argo-ts: out\/making-\d+: expected nothing there yet \(--force replaces it\)\n$/,
  )
  expect((await argo(directory, ...some, "--force")).code).toBe(0)
  rmSync(join(directory, "runs", "work", "artifacts"), { recursive: true })
  const gone = await argo(directory, ...some, "--force")
  expect(gone.code).toBe(1)
  expect(gone.err).toContain("text of each(1:b) is not there any more\n")
})
