import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { conformance } from "../src/testing/index.js"
import { differenceOf, judge, keepTree, readCases, readExpectations } from "./conformance/run.mjs"

const folder = fileURLToPath(new URL("../../../../shared/upstream/workflows", import.meta.url))
const isThere = existsSync(folder)
const { cases, others } = isThere ? readCases(folder) : { cases: [], others: [] }
const expectations = readExpectations()
/** Set to keep the trees that are found as those that are expected: read the difference before you commit it. */
const isKeeping = process.env["ARGO_TS_KEEP_TREES"] === "1"

describe.skipIf(!isThere)(
  "upstream's manifests (skipped where ../shared/upstream is absent)",
  () => {
    test.each(cases)("$name comes to its tree, or is refused for its reason", async (one) => {
      const verdict = await judge(one, others)
      if (isKeeping && verdict.tree !== undefined) keepTree(one.name, verdict.tree)
      expect(differenceOf(one, verdict, expectations)).toBe(undefined)
    })

    test("every exception is about a manifest that is there, and says why", () => {
      const names = new Set(cases.map(({ name }) => name))
      for (const { file, why } of [...expectations.ends, ...expectations.refused]) {
        expect(names).toContain(file)
        expect(why).not.toBe("")
      }
    })

    test("what upstream expects to fail does", () => {
      const told = new Set([...expectations.ends, ...expectations.refused].map(({ file }) => file))
      const failing = cases.filter(({ name }) => /^e2e\/(expectedfailures|lintfail)\//.test(name))
      expect(failing.length).toBeGreaterThan(15)
      expect(failing.filter(({ name }) => !told.has(name))).toEqual([])
    })

    test("what upstream runs as a test succeeds: only what it leaves out is among the exceptions", () => {
      const told = new Set([...expectations.ends, ...expectations.refused].map(({ file }) => file))
      const examples = cases.filter(({ name }) => name.startsWith("examples/"))
      const tested = examples.filter(
        ({ value }) => !JSON.stringify(value).includes('"workflows.argoproj.io/no-test"'),
      )
      expect(tested.length).toBeGreaterThan(60)
      expect(tested.filter(({ name }) => told.has(name))).toEqual([])
    })

    test("none throws; every refusal has a code and a place", async () => {
      for (const { file, value } of cases) {
        const result = await conformance(value, { others })
        if (!result.validated) {
          expect(`${file} ${result.reason}`).toMatch(/ [A-Z][A-Za-z]+ [a-zA-Z.0-9-]+: .+/)
        }
      }
    })
  },
)
