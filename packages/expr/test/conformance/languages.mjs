import { compileRolloutsCondition, judgeRolloutsResult } from "@argo-ts/expr"
import { compileCron } from "@argo-ts/expr/cron"
import { compileDepends, dependsOf } from "@argo-ts/expr/depends"
import { gjsonGet, sjsonDelete, sjsonSet, sjsonSetRaw } from "@argo-ts/expr/gjson"
import { compileGlob } from "@argo-ts/expr/glob"
import { compileGoTemplate } from "@argo-ts/expr/gotemplate"
import { compileGovaluate, compileWhen } from "@argo-ts/expr/govaluate"
import { compileJsonPath, compileSelector } from "@argo-ts/expr/jsonpath"
import { compileKargo } from "@argo-ts/expr/kargo"
import { compileLabels, compileResourceCondition } from "@argo-ts/expr/labels"
import { compileLua } from "@argo-ts/expr/lua"
import { compilePattern } from "@argo-ts/expr/regexp"
import {
  compareVersions,
  compileSemver,
  formatVersion,
  incrementVersion,
  parseStrictVersion,
  parseVersion,
} from "@argo-ts/expr/semver"
import { compilePlainTags, compileTags, splitTags } from "@argo-ts/expr/tags"
import { createDecoder, encodeValue as encode } from "@argo-ts/expr/testing"
import { fromValue } from "@argo-ts/expr/values"
import { systemZones } from "@argo-ts/expr/zones"
import { canonical, createTally, readRows } from "./goldens.mjs"
import { runJq } from "./jq.mjs"
import { runPrimitives } from "./primitives.mjs"

const decode = createDecoder()

/** Compares an outcome `{ok, value}` with a row that carries `ok` and `value`. */
function compareOutcome(tally, row, outcome, label) {
  const expected = row.ok === true
  if (outcome.ok !== expected) {
    return tally.differ(
      row,
      expected ? "should succeed" : "should fail",
      `${label}  ${expected ? outcome.issues[0].message : (row.error ?? row.panic)}`,
    )
  }
  if (!expected) return tally.equal()
  const got = canonical(encode(outcome.value))
  const wanted = canonical(row.value)
  if (got === wanted) return tally.equal()
  return tally.differ(row, "value", `${label}  want ${wanted} got ${got}`)
}

function runEach(directory, file, handle) {
  const rows = readRows(directory, file)
  if (rows === undefined) return undefined
  const tally = createTally(file)
  for (const row of rows) {
    try {
      handle(row, tally, rows)
    } catch (thrown) {
      tally.differ(row, "thrown", String(thrown?.stack ?? thrown).slice(0, 200))
    }
  }
  return tally.result()
}

const evaluated = (compiled, ...args) => (compiled.ok ? compiled.value.evaluate(...args) : compiled)

const goTemplatePresets = {
  none: "none",
  appset: "applicationset",
  "workflows-expr-sprig": "workflows",
  "events-template": "events",
  notifications: "notifications",
  "cd-deeplinks": "deeplinks",
}

/** Addresses of objects are no answer. */
const withoutAddress = (text) => text.replace(/^(function|table|thread): 0x[0-9a-f]+$/, "$1")

export const runners = {
  "lua-gopher": (directory) =>
    runEach(directory, "lua-gopher", (row, tally) => {
      const source = /\breturn\b/.test(row.lua) ? row.lua : `return ${row.lua}`
      const outcome = evaluated(
        compileLua(source, { libraries: "gopher" }),
        {},
        { now: 1_700_000_000_000 },
      )
      if (
        !outcome.ok &&
        !row.ok &&
        !/line:|^compile error/.test(row.error) &&
        outcome.issues[0].message !== row.error
      )
        return tally.differ(
          row,
          "message",
          `${row.lua}  want ${row.error} got ${outcome.issues[0].message}`,
        )
      if (!outcome.ok) return compareOutcome(tally, row, outcome, row.lua)
      const values = outcome.value.map(({ type, text }) => ({
        tostring: withoutAddress(text),
        type,
      }))
      if (row.ok && canonical(row.values ?? []) !== canonical(values))
        return tally.differ(
          row,
          "values",
          `${row.lua}  want ${canonical(row.values)} got ${canonical(values)}`,
        )
      return row.ok ? tally.equal() : tally.differ(row, "should fail", `${row.lua} ${row.error}`)
    }),
  jq: (directory) => runJq(directory),
  labels: (directory) =>
    runEach(directory, "labels", (row, tally) => {
      if (row.op === "resource-condition") {
        const compiled = compileResourceCondition(row.condition)
        const outcome = evaluated(compiled, row.json)
        // Upstream lists no line as null.
        const isNothing = outcome.ok && outcome.value.length === 0 && row.value === null
        return isNothing ? tally.equal() : compareOutcome(tally, row, outcome, row.condition)
      }
      const compiled = compileLabels(row.selector)
      if (compiled.ok !== row.ok) return tally.differ(row, "ok", `${row.selector} ${row.error}`)
      if (!compiled.ok) return tally.equal()
      if (compiled.value.canonical !== row.string)
        return tally.differ(
          row,
          "canonical",
          `${row.selector}: ${row.string} got ${compiled.value.canonical}`,
        )
      const wrong = row.value.filter(
        ({ labels, matches }) => compiled.value.evaluate(labels).value !== matches,
      )
      return wrong.length === 0
        ? tally.equal()
        : tally.differ(row, "matches", `${row.selector} ${canonical(wrong)}`)
    }),
  govaluate: (directory) =>
    runEach(directory, "govaluate", (row, tally) => {
      const label = `${row.suite}: ${row.expr}`
      const params = decode(row.params ?? {})
      const compiled =
        row.suite === "workflows-when" ? compileWhen(row.expr) : compileGovaluate(row.expr)
      compareOutcome(tally, row, evaluated(compiled, params), label)
    }),
  depends: (directory) =>
    runEach(directory, "depends", (row, tally) => {
      const tasks = ["A", "a-b", "1st", "A-B-C", "task-1", "not", "and", "in"].map((name) => ({
        name,
      }))
      tasks.push(
        { name: "B", continueOnFailed: true },
        { name: "C", continueOnFailed: true, continueOnError: true },
      )
      if (row.op === undefined || row.op === "tasks") return tally.skip()
      const source = row.depends ?? dependsOf(row.dependencies ?? [])
      const compiled = compileDepends(source, tasks)
      if (!row.ok)
        return compiled.ok && compiled.value.evaluate(new Map()).ok
          ? tally.differ(row, "should fail", source)
          : tally.equal()
      if (!compiled.ok)
        return tally.differ(row, "should succeed", `${source} ${compiled.issues[0].message}`)
      if (compiled.value.logic !== row.logic)
        return tally.differ(row, "logic", `${source} ${compiled.value.logic}`)
      if (
        canonical(Object.fromEntries(compiled.value.dependencies.map((d) => [d.name, d.kind]))) !==
        canonical(row.deps)
      ) {
        return tally.differ(
          row,
          "dependencies",
          `${source} ${canonical(row.deps)} ${canonical(compiled.value.dependencies)}`,
        )
      }
      for (const { phases, execute, error } of row.value) {
        // A fan-out group of one child in that phase: what the engine would report for it.
        const results = ([name, phase]) => [
          name,
          row.deps[name] === "items" && phase === "Succeeded" ? [phase, "AnySucceeded"] : [phase],
        ]
        const result = compiled.value.evaluate(new Map(Object.entries(phases).map(results)))
        if (error !== undefined ? result.ok : result.value !== execute)
          return tally.differ(row, "value", `${source} ${canonical(phases)}`)
      }
      return tally.equal()
    }),
  fasttemplate: (directory) =>
    runEach(directory, "fasttemplate", (row, tally) => {
      if (row.suite === "fasttemplate-tags") {
        try {
          const value = splitTags(row.template)
            .map((piece) => (piece.kind === "text" ? piece.text : `<${piece.text}>`))
            .join("")
          return compareOutcome(tally, row, { ok: true, value }, row.template)
        } catch (fault) {
          return compareOutcome(tally, row, { ok: false, issues: [fault] }, row.template)
        }
      }
      if (row.suite === "rollouts-args") {
        const open = Object.keys(row.args).find((name) => row.args[name] === null)
        if (open !== undefined) {
          const message = `argument "${open}" was not supplied`
          return compareOutcome(tally, row, { ok: false, issues: [{ message }] }, row.template)
        }
        const scope = Object.fromEntries(
          Object.entries(row.args).map(([name, value]) => [`args.${name}`, value]),
        )
        const compiled = compilePlainTags(row.template, {
          unknown: "refuse",
          into: row.quoted ? "json" : "text",
        })
        return compareOutcome(tally, row, evaluated(compiled, scope), row.template)
      }
      const isStd = row.suite === "fasttemplate-std"
      if (isStd) {
        try {
          const value = splitTags(row.template)
            .map((p) =>
              p.kind === "text"
                ? p.text
                : Object.hasOwn(row.map, p.text)
                  ? row.map[p.text]
                  : `{{${p.text}}}`,
            )
            .join("")
          return compareOutcome(tally, row, { ok: true, value }, row.template)
        } catch (fault) {
          return compareOutcome(tally, row, { ok: false, issues: [fault] }, row.template)
        }
      }
      return compareOutcome(
        tally,
        row,
        evaluated(compilePlainTags(row.template, { unknown: "keep" }), row.map),
        row.template,
      )
    }),
  "workflows-template": (directory) =>
    runEach(directory, "workflows-template", (row, tally, rows) => {
      if (row.name !== undefined) return tally.skip()
      const map = typeof row.map === "string" ? rows[0].map : row.map
      // The environment of a validation run: a value that is not known yet.
      const placeholder = { ph: "__argo__internal__placeholder-1" }
      const scope = decode(row.map === "@wfph" ? { ...map, ...placeholder } : map)
      const unresolved =
        row.mode === "allowUnresolved"
          ? "keep"
          : row.mode === "strictAll"
            ? "refuse"
            : ["steps", "tasks"]
      let outcome = evaluated(compileTags(row.json, { unresolved }), scope, {
        now: 1_700_000_000_000,
      })
      if (outcome.ok) {
        try {
          JSON.parse(outcome.value)
        } catch {
          outcome = { ok: false, issues: [{ message: "invalid JSON" }] }
        }
      }
      return compareOutcome(tally, row, outcome, `[${row.mode}] ${row.json}`)
    }),
  "kargo-template": (directory) =>
    runEach(directory, "kargo-template", (row, tally, rows) => {
      if (row.name !== undefined) return tally.skip()
      if (row.suite !== "kargo-template") return tally.skip()
      return compareOutcome(
        tally,
        row,
        evaluated(compileKargo(row.template), decode(rows[0].map), { now: 1_700_000_000_000 }),
        row.template,
      )
    }),
  "rollouts-conditions": (directory) =>
    runEach(directory, "rollouts-conditions", (row, tally, rows) => {
      if (row.expr === undefined) {
        const shown = rows.find(
          (each) => each.result === row.result && each.resultValue !== undefined,
        )
        const { success, failure } = row
        const found = judgeRolloutsResult({ success, failure }, decode(shown.resultValue))
        const isSame = found.phase === row.phase && (found.message ?? "") === (row.error ?? "")
        return isSame ? tally.equal() : tally.differ(row, "phase", JSON.stringify([row, found]))
      }
      return compareOutcome(
        tally,
        row,
        evaluated(compileRolloutsCondition(row.expr), decode(row.resultValue)),
        `${row.result}: ${row.expr}`,
      )
    }),
  semver: (directory) =>
    runEach(directory, "semver", (row, tally) => {
      if (row.op === "compare") {
        const order = compareVersions(parseVersion(row.a), parseVersion(row.b))
        return order === row.cmp ? tally.equal() : tally.differ(row, "compare", `${row.a} ${row.b}`)
      }
      if (row.op === "parse") return compareVersion(row, tally)
      const compiled = compileSemver(row.constraint)
      if (compiled.ok === (row.error !== undefined))
        return tally.differ(row, "parse", row.constraint)
      const wrong = Object.entries(row.check ?? {}).filter(
        ([version, holds]) => compiled.value.evaluate(version).value !== holds,
      )
      return wrong.length === 0
        ? tally.equal()
        : tally.differ(row, "check", `${row.constraint}: ${wrong}`)
    }),
  cron: (directory) =>
    runEach(directory, "cron", (row, tally) => {
      const compiled = compileCron(row.spec, {
        zones: systemZones,
        descriptors: row.parser !== "noDescriptor",
      })
      const isValid = row.error === undefined && row.panic === undefined
      if (compiled.ok !== isValid)
        return tally.differ(row, "parse", `${row.spec} ${row.error ?? row.panic}`)
      const wrong = isValid
        ? Object.entries({ ...row.next, ...(row.dst && { [row.from]: row.dst }) }).find(
            ([from, list]) => !follows(compiled.value, from, list),
          )
        : undefined
      return wrong === undefined ? tally.equal() : tally.differ(row, "next", `${row.spec} ${wrong}`)
    }),
  "jsonpath-k8s": (directory) => {
    const documents = new Map()
    return runEach(directory, "jsonpath-k8s", (row, tally) => {
      if (row.op === "doc") {
        documents.set(row.name, JSON.parse(row.json))
        return tally.skip()
      }
      // Some documents are in the other half; the order of upstream's maps is random.
      if (!documents.has(row.doc) || row.nondet) return tally.skip()
      const { allowMissingKeys } = row
      const found = evaluated(
        compileJsonPath(row.path, { allowMissingKeys }),
        documents.get(row.doc),
      )
      const outcome = found.ok ? { ok: true, value: found.value.text } : found
      return compareOutcome(tally, row, outcome, `${row.doc} ${row.path}`)
    })
  },
  "jsonpath-workflows": (directory) => {
    const documents = new Map()
    return runEach(directory, "jsonpath-workflows", (row, tally) => {
      if (row.op === "doc") {
        documents.set(row.name, JSON.parse(row.json))
        return tally.skip()
      }
      if (!documents.has(row.doc)) return tally.skip()
      const found = evaluated(compileSelector(row.path), documents.get(row.doc))
      return compareOutcome(tally, row, found, `${row.doc} ${row.path}`)
    })
  },
  globs: (directory) =>
    runEach(directory, "globs", (row, tally, rows) => {
      const texts = [...new Set(rows.flatMap(({ value = [] }) => value))]
      const flavor = { doublestar: "doublestar", "path.Match": "path" }[row.op] ?? "gobwas"
      const separators = flavor === "gobwas" ? Array.from(row.op.slice("gobwas".length)) : []
      const compiled = compileGlob(row.pattern, { flavor, separators })
      if (compiled.ok !== row.ok)
        return tally.differ(row, "ok", `${row.op} ${row.pattern}: ${row.error}`)
      const wrong = texts.filter(
        (text) =>
          (compiled.ok && compiled.value.evaluate(text).value) !== (row.value ?? []).includes(text),
      )
      return wrong.length === 0
        ? tally.equal()
        : tally.differ(row, "value", `${row.op} ${row.pattern}: ${JSON.stringify(wrong)}`)
    }),
  "go-primitives": (directory) => runEach(directory, "go-primitives", runPrimitives),
  "regexp-re2": (directory) =>
    runEach(directory, "regexp-re2", (row, tally, rows) => {
      if (row.op === "texts") return tally.skip()
      const { texts } = rows.find(({ op }) => op === "texts")
      let pattern
      try {
        pattern = compilePattern(row.pattern)
      } catch {
        pattern = undefined
      }
      if ((pattern !== undefined) !== row.ok)
        return tally.differ(row, "ok", `${row.pattern} ${row.error}`)
      if (pattern === undefined) return tally.equal()
      const found = texts.flatMap((text, i) => {
        if (!pattern.test(text)) return []
        const [first] = pattern.matches(text, 1)
        return [
          {
            all: pattern.matches(text, 10).map(({ groups }) => groups[0]),
            i,
            replace: pattern.replace(text, "<$1>"),
            split: pattern.split(text),
            sub: first.groups.map((group) => group ?? ""),
          },
        ]
      })
      const at = row.value.findIndex((each, i) => canonical(each) !== canonical(found[i]))
      if (at < 0 && found.length === row.value.length) return tally.equal()
      const want = canonical(row.value[at] ?? null)
      return tally.differ(
        row,
        "value",
        `${row.pattern} want ${want} got ${canonical(found[at] ?? null)}`,
      )
    }),
  "gotemplate-sprig": (directory) =>
    runEach(directory, "gotemplate-sprig", (row, tally, rows) => {
      if (row.name !== undefined || row.nondet) return tally.skip()
      const data = row.data === "@std" ? JSON.parse(rows[0].json) : JSON.parse(row.json ?? "null")
      const preset = goTemplatePresets[row.funcs]
      const missingKey = /missingkey=(zero|error)/.exec(row.options?.[0] ?? "")?.[1] ?? "default"
      const now = 1_700_000_000_000
      const compiled = compileGoTemplate(row.template, { preset, missingKey })
      const found = evaluated(compiled, data, { now, zones: systemZones })
      return compareOutcome(
        tally,
        { ...row, value: row.out },
        found,
        `${row.funcs} ${row.template}`,
      )
    }),
  gjson: (directory) => {
    const documents = new Map()
    return runEach(directory, "gjson", (row, tally) => {
      if (row.op === "doc") return documents.set(row.name, row.json)
      if (row.op === "get") {
        const document = documents.get(row.doc)
        if (document === undefined) return tally.skip()
        const found = gjsonGet(document, row.path)
        const key = ["exists", "type", "raw", "string"].find((name) => found[name] !== row[name])
        return key === undefined
          ? tally.equal()
          : tally.differ(row, key, `${row.doc} ${row.path} want ${row[key]} got ${found[key]}`)
      }
      const edited = {
        set: () => sjsonSet(row.json, row.path, fromValue(decode(row.value))),
        setRaw: () => sjsonSetRaw(row.json, row.path, row.raw),
        delete: () => sjsonDelete(row.json, row.path),
      }[row.op]()
      if (edited.ok === (row.error !== undefined))
        return tally.differ(row, "ok", `${row.op} ${row.json} ${row.path}`)
      return !edited.ok || edited.value === row.out
        ? tally.equal()
        : tally.differ(row, row.op, `${row.json} ${row.path} want ${row.out} got ${edited.value}`)
    })
  },
}

function compareVersion(row, tally) {
  const version = parseVersion(row.version)
  if ((version === undefined) !== (row.error !== undefined))
    return tally.differ(row, "parse", row.version)
  if (version === undefined) return tally.equal()
  const isSame =
    formatVersion(version) === row.string &&
    ["Major", "Minor", "Patch"].every(
      (level) => incrementVersion(version, level.toLowerCase())?.original === row[`inc${level}`],
    ) &&
    (parseStrictVersion(row.version) !== undefined) === (row.strictOk === true)
  return isSame ? tally.equal() : tally.differ(row, "version", row.version)
}

function follows(schedule, from, list) {
  let at = Date.parse(from)
  for (const text of list) {
    const next = schedule.next(at)
    if (text === "never") return next === undefined
    if (next !== Date.parse(text)) return false
    at = next
  }
  return true
}
