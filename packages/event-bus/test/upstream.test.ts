import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { describe, expect, test } from "vitest"
import { parseEventBus, parseEventSource, parseSensor } from "../src/index.js"

const demo = new URL("../../../examples/delivery/events.yaml", import.meta.url)
const folder = join(import.meta.dirname, "../../../../shared/upstream/events")
const parsers = { EventBus: parseEventBus, EventSource: parseEventSource, Sensor: parseSensor }
type Known = keyof typeof parsers

test("the demo's manifests are valid", () => {
  const parsed = parseManifests(readFileSync(demo, "utf8"), { file: "events.yaml" })
  const documents = parsed.ok ? parsed.value : []
  const kinds = documents.flatMap(({ value }) => {
    const { kind } = value as { readonly kind: string }
    if (!(kind in parsers)) return []
    return [[kind, parsers[kind as Known](value).ok]]
  })
  expect(kinds).toEqual([
    ["EventBus", true],
    ["EventSource", true],
    ["Sensor", true],
  ])
})

function manifests(): readonly {
  readonly file: string
  readonly kind: Known
  readonly value: unknown
}[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  return files
    .filter((file) => file.endsWith(".yaml"))
    .toSorted()
    .flatMap((file) => {
      const parsed = parseManifests(readFileSync(join(folder, file), "utf8"), { file })
      const documents = parsed.ok ? parsed.value : []
      return documents.flatMap(({ value }) => {
        const kind = (value as { readonly kind?: unknown } | null)?.kind
        return typeof kind === "string" && kind in parsers
          ? [{ file, kind: kind as Known, value }]
          : []
      })
    })
}

describe.skipIf(!existsSync(folder))(
  "upstream's examples (skipped without ../shared/upstream)",
  () => {
    test("parse, or are refused by name", () => {
      const codes = new Map<string, number>()
      for (const { kind, value } of manifests()) {
        const result = parsers[kind](value)
        const code = result.ok ? "valid" : (result.issues[0]?.code ?? "")
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }
      expect([...codes.keys()].toSorted()).toEqual(["UnknownField", "UnsupportedField", "valid"])
      expect(codes.get("valid")).toBeGreaterThanOrEqual(27)
    })
  },
)
