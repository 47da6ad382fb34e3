import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { conformanceCases, httpConformanceCases } from "@argo-ts/k8s/testing"
import { expect, test } from "vitest"

const casesMax = 168

/** The numbers before the colon: a case of the suite is named by those of spec/cluster §12. */
function idsOf(name: string): readonly number[] {
  const [, ids = ""] = /^(\d+(?:, \d+)*): /.exec(name) ?? []
  return ids === "" ? [] : ids.split(", ").map(Number)
}

/** Tests of real kubectls and of the adapter's informers, which are no suites of their own. */
function namesInFiles(): readonly string[] {
  const folder = fileURLToPath(new URL("./kubectl/", import.meta.url))
  const own = readdirSync(folder).filter((name) => name.endsWith(".test.ts"))
  const files = [
    ...own.map((name) => folder + name),
    fileURLToPath(new URL("./informers.test.ts", import.meta.url)),
  ]
  return files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\btest\(\s*"((?:[^"\\]|\\.)*)"/g)].map(
      ([, name = ""]) => name,
    ),
  )
}

test("every case of the battery is held by a case that has its number", () => {
  const suites = [conformanceCases, httpConformanceCases].flatMap((suite) => Object.values(suite))
  const names = [...suites.flat().map(({ name }) => name), ...namesInFiles()]
  const held = new Set(names.flatMap(idsOf))
  const all = Array.from({ length: casesMax }, (_item, index) => index + 1)
  const missing = all.filter((id) => !held.has(id))
  expect(missing).toEqual([])
})
