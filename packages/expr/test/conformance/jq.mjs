import { compileJq, jqResourceOutput } from "@argo-ts/expr/jq"
import { createTally, readRows } from "./goldens.mjs"

const now = 1_700_000_000_000

/** The outcome of a filter over a document: the text of a resource output, and each output as JSON. */
function outcomeOf(filter, document) {
  const compiled = compileJq(filter)
  if (!compiled.ok) return { phase: "compile", error: compiled.issues[0].message }
  const evaluated = compiled.value.evaluate(document, { now })
  if (!evaluated.ok) return { phase: "run", error: evaluated.issues[0].message }
  const text = jqResourceOutput(evaluated.value)
  if (!text.ok) return { phase: "output", error: text.issues[0].message }
  const outputs = evaluated.value.map((value) =>
    typeof value === "string" ? JSON.stringify(value) : jqResourceOutput([value]).value,
  )
  return { value: text.value, outputs }
}

/** Rows whose outcome or error text differ. */
export function runJq(directory, file = "jq") {
  const rows = readRows(directory, file)
  if (rows === undefined) return undefined
  const documents = new Map()
  const tally = createTally(file)
  const messages = { equal: 0, total: 0 }
  for (const row of rows) {
    if (row.op === "doc") {
      documents.set(row.name, JSON.parse(row.json))
      continue
    }
    // The other half of the rows holds the documents that are missing here.
    if (!documents.has(row.doc)) {
      tally.skip()
      continue
    }
    compareRow(tally, messages, row, outcomeOf(row.filter, documents.get(row.doc)))
  }
  return { ...tally.result(), messages }
}

function compareRow(tally, messages, row, outcome) {
  const label = `${row.doc}  ${row.filter}`
  if (row.ok !== (outcome.error === undefined)) {
    return tally.differ(
      row,
      row.ok ? "should succeed" : "should fail",
      `${label}  ${row.error ?? outcome.error}`,
    )
  }
  if (!row.ok) {
    messages.total++
    if (row.error === outcome.error) messages.equal++
    else messages.first ??= `${label}  want ${row.error} got ${outcome.error}`
    const phase = row.phase === "parse" ? "compile" : (row.phase ?? "output")
    return phase === outcome.phase
      ? tally.equal()
      : tally.differ(row, "phase", `${label} ${row.phase} ${outcome.phase}`)
  }
  if (row.value !== outcome.value)
    return tally.differ(row, "value", `${label}  want ${row.value} got ${outcome.value}`)
  const isSame =
    JSON.stringify(row.outputs.map(plain)) === JSON.stringify(outcome.outputs.map(plain))
  return isSame
    ? tally.equal()
    : tally.differ(row, "outputs", `${label}  want ${row.outputs} got ${outcome.outputs}`)
}

/** How a text is escaped does not count. */
function plain(json) {
  return json.startsWith('"') ? JSON.parse(json) : json
}
