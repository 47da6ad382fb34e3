import { readFileSync } from "node:fs"
import { join } from "node:path"
import { compileExpr } from "@argo-ts/expr/expr"
import {
  createDecoder,
  encodeValue,
  recordedFunctions,
  recordedMethods,
} from "@argo-ts/expr/testing"
import { systemZones } from "@argo-ts/expr/zones"
import { canonical, createTally, readRows } from "./goldens.mjs"

const decode = createDecoder(recordedFunctions, recordedMethods)
const encode = encodeValue

const phases = { parse: "compile", check: "compile", run: "run", budget: "run" }

/** Runs the expr rows of one file: value and error phase must be equal. Messages are counted beside. */
export function runExpr(directory, file, dialect) {
  const rows = readRows(directory, file)
  if (rows === undefined) return undefined
  const given = JSON.parse(readFileSync(join(directory, "expr-envs.json"), "utf8"))
  const envs = Object.fromEntries(Object.entries(given).map(([name, env]) => [name, decode(env)]))
  const tally = createTally(file)
  const messages = { equal: 0, total: 0 }
  for (const row of rows) {
    for (const mode of row.modes) {
      if (row.nondet === true) {
        tally.skip()
        continue
      }
      const reason = compareRow(row, mode, envs[row.env], { dialect, messages })
      if (reason === undefined) tally.equal()
      else tally.differ(row, reason.reason, `[${mode}] ${row.env}: ${row.expr}  ${reason.detail}`)
    }
  }
  return { ...tally.result(), messages }
}

function compareRow(row, mode, env, { dialect, messages }) {
  let result
  try {
    result = evaluate(row.expr, mode, env, dialect)
  } catch (thrown) {
    return { reason: "thrown", detail: String(thrown?.stack ?? thrown).slice(0, 300) }
  }
  if (row.ok !== result.ok) {
    if (row.ok)
      return {
        reason: "should succeed",
        detail: `${result.issues[0].phase}: ${result.issues[0].message}`,
      }
    return {
      reason: "should fail",
      detail: `${row.phase}: ${row.msg ?? row.panic} — got ${canonical(encode(result.value))?.slice(0, 100)}`,
    }
  }
  if (!row.ok) {
    const phase = phases[result.issues[0].phase]
    messages.total++
    if (row.msg === result.issues[0].message) messages.equal++
    if (mode !== "eval" && row.phase !== "eval" && row.phase !== undefined && phase !== row.phase) {
      return {
        reason: "error phase",
        detail: `${row.phase}: ${row.msg} — got ${phase}: ${result.issues[0].message}`,
      }
    }
    return undefined
  }
  const wanted = canonical(row.value)
  const got = canonical(encode(result.value))
  if (wanted === got || isLarge(row.value, result.value)) return undefined
  return { reason: "value", detail: `want ${wanted.slice(0, 120)} got ${got.slice(0, 120)}` }
}

function isLarge(wanted, got) {
  if (wanted?.$bigarray !== undefined)
    return Array.isArray(got) && got.length === Number(wanted.$bigarray)
  return wanted?.$large !== undefined
}

function evaluate(source, mode, env, dialect) {
  const compiled = compileExpr(source, { mode, dialect, ...(mode === "env" ? { env } : {}) })
  return compiled.ok
    ? compiled.value.evaluate(env, { now: 1_700_000_000_000, zones: systemZones })
    : compiled
}
