import { epochMs, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { type CronProgram, compileCron } from "../cron/index.js"
import { compileGlob } from "../glob/index.js"
import { parseTime } from "../go/date.js"
import { goTime } from "../go/strftime.js"
import { formatRfc3339Nano, utc } from "../go/time.js"
import { Fault } from "../issue.js"
import { compileLabels, compileResourceCondition } from "../labels/index.js"
import { compareVersions, compileSemver, formatVersion, parseVersion } from "../semver/index.js"
import { systemZones } from "../zones/index.js"
import { answerOf, type RowLanguage, refused, textOf, value } from "./answer.js"

export const labels: RowLanguage = (row) => {
  if (row["op"] === "resource-condition") {
    const compiled = compileResourceCondition(textOf(row, "condition"))
    const found = compiled.ok ? compiled.value.evaluate(textOf(row, "json")) : compiled
    // No lines ask for nothing, which Go writes as null.
    return found.ok ? value(found.value.length === 0 ? null : [...found.value]) : answerOf(found)
  }
  const compiled = compileLabels(textOf(row, "selector"))
  if (!compiled.ok) return answerOf(compiled)
  const { canonical, evaluate } = compiled.value
  const cases = Array.isArray(row["value"]) ? (row["value"] as readonly JsonObject[]) : []
  const found = cases.map((each) => {
    const holds = evaluate((each["labels"] ?? {}) as { readonly [key: string]: string })
    return { labels: each["labels"] ?? {}, matches: holds.ok && holds.value }
  })
  return { ok: true, value: found, more: { string: canonical } }
}

export const globs: RowLanguage = (row, { named }) => {
  const op = textOf(row, "op")
  const flavor = op === "doublestar" ? "doublestar" : op === "path.Match" ? "path" : "gobwas"
  const separators = flavor === "gobwas" ? Array.from(op.slice("gobwas".length)) : []
  const compiled = compileGlob(textOf(row, "pattern"), { flavor, separators })
  if (!compiled.ok) return answerOf(compiled)
  const texts = named.get("texts") ?? row["value"] ?? []
  const { evaluate } = compiled.value
  const fits = (Array.isArray(texts) ? texts.map(String) : []).filter((text) => {
    const found = evaluate(text)
    return found.ok && found.value
  })
  return value(fits)
}

export const semver: RowLanguage = (row) => {
  if (row["op"] === "compare") {
    const [left, right] = [parseVersion(textOf(row, "a")), parseVersion(textOf(row, "b"))]
    return left === undefined || right === undefined
      ? refused("invalid semantic version")
      : value(compareVersions(left, right))
  }
  if (row["op"] === "parse") {
    const version = parseVersion(textOf(row, "version"))
    return version === undefined
      ? refused("invalid semantic version")
      : value(formatVersion(version))
  }
  const compiled = compileSemver(textOf(row, "constraint"))
  if (!compiled.ok) return answerOf(compiled)
  const { evaluate } = compiled.value
  const versions = Object.keys((row["check"] ?? {}) as JsonObject)
  return value(
    Object.fromEntries(
      versions.map((version) => {
        const holds = evaluate(version)
        return [version, holds.ok && holds.value]
      }),
    ),
  )
}

/** The instants after another, written in the zone of the schedule where that one is in no UTC. */
function instantsAfter(program: CronProgram, from: string, count: number): readonly string[] {
  const name = /(?:CRON_)?TZ=(\S+)/.exec(program.source)?.[1]
  const parsed = parseTime(from, "2006-01-02T15:04:05Z07:00", utc)
  if (typeof parsed === "string") throw new Fault(parsed)
  const named = name === undefined ? undefined : systemZones(name)
  const zone = from.endsWith("Z") ? utc : (named ?? parsed.zone)
  const found: string[] = []
  let at = epochMs(Number(parsed.ns / 1_000_000n))
  while (found.length < count) {
    const next = program.next(at)
    if (next === undefined) return [...found, "never"]
    found.push(formatRfc3339Nano(goTime(next, zone)))
    at = next
  }
  return found
}

function countOf(list: JsonValue | undefined): number {
  return Array.isArray(list) ? list.length : 1
}

export const cron: RowLanguage = (row, { options }) => {
  const from = typeof row["from"] === "string" ? row["from"] : ""
  const at = parseTime(from, "2006-01-02T15:04:05Z07:00", utc)
  const compiled = compileCron(textOf(row, "spec"), {
    descriptors: row["parser"] !== "noDescriptor",
    ...(typeof at === "string" ? {} : { zone: at.zone }),
    ...(options.zones === undefined ? {} : { zones: options.zones }),
  })
  if (!compiled.ok) return answerOf(compiled)
  if (typeof row["from"] === "string") {
    return value([...instantsAfter(compiled.value, row["from"], countOf(row["dst"]))])
  }
  const asked = Object.entries((row["next"] ?? {}) as JsonObject)
  return value(
    Object.fromEntries(
      asked.map(([from, list]) => [from, [...instantsAfter(compiled.value, from, countOf(list))]]),
    ),
  )
}
