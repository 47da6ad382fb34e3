import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { compileJq, type JqValue, jqResourceOutput } from "../src/jq/index.js"

const file = new URL("../../../../shared/goldens/languages/jq.ndjson.gz", import.meta.url)

interface Row {
  readonly op: "doc" | "jq"
  readonly name?: string
  readonly json?: string
  readonly doc?: string
  readonly filter?: string
  readonly ok?: boolean
  readonly value?: string
}

function textOf(filter: string, document: JqValue): string | undefined {
  const compiled = compileJq(filter)
  const outputs = compiled.ok ? compiled.value.evaluate(document, { now: epochMs(1) }) : compiled
  const text = outputs.ok ? jqResourceOutput(outputs.value) : outputs
  return text.ok ? text.value : undefined
}

// Upstream's recorded answers lie beside the repository, where they are at all.
test.skipIf(!existsSync(file))("at least 99 of 100 recorded answers of gojq are ours", () => {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n")
  const rows: readonly Row[] = lines.map((line) => JSON.parse(line))
  const documents = new Map(rows.map((row) => [row.name, row.json]))
  const cases = rows.filter(({ op, doc }) => op === "jq" && documents.has(doc))
  const wrong = cases.filter(({ filter = "", doc, ok, value }) => {
    const document: JqValue = JSON.parse(documents.get(doc) ?? "null")
    return textOf(filter, document) !== (ok === true ? value : undefined)
  })
  expect(cases.length).toBeGreaterThan(400)
  expect(wrong.length).toBeLessThanOrEqual(cases.length / 100)
})
