import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { describe, expect, test } from "vitest"
import { type OutcomeRule, parseWorkflow } from "../src/index.js"
import {
  configMapSource,
  conformance,
  simulateWorkflow,
  templateSource,
} from "../src/testing/index.js"

const folder = fileURLToPath(new URL("../../../../shared/upstream/workflows", import.meta.url))
const isThere = existsSync(folder)

interface Document {
  readonly file: string
  readonly value: unknown
}

function documents(): readonly Document[] {
  if (!isThere) return []
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  return files
    .filter((file) => /\.ya?ml$/.test(file))
    .toSorted()
    .flatMap((file) => {
      const parsed = parseManifests(readFileSync(`${folder}/${file}`, "utf8"))
      return parsed.ok ? parsed.value.map(({ value }) => ({ file, value })) : []
    })
}

/** What steps have to answer where an answer steers the rest, and the steps that must end so. */
const steered: { readonly [file: string]: readonly OutcomeRule[] } = {
  "examples/coinflip.yaml": [{ template: "flip-coin", result: "heads" }],
  "examples/dag-coinflip.yaml": [
    { node: "*.tails*", result: "heads" },
    { template: "flip-coin", result: "tails" },
  ],
  "examples/conditional-parameters.yaml": [{ template: "flip-coin", result: "heads" }],
  "examples/loops-param-result.yaml": [{ template: "gen-number-list", result: "[20,21]" }],
  "examples/map-reduce.yaml": [{ template: "split", result: '["0","1"]' }],
  "examples/recursive-for-loop.yaml": [{ template: "counter-iteration", result: "10" }],
  "examples/parameter-aggregation.yaml": [
    { template: "odd-or-even", parameters: { num: 1, evenness: "even" } },
    { template: "divide-by-2", result: "1" },
  ],
  "examples/withsequence-nested-result.yaml": [{ result: "2" }],
}

/** Examples whose last word is not Succeeded, and why. */
const others: { readonly [file: string]: RegExp } = {
  "examples/suspend-template-outputs.yaml": /child .* failed/,
}

describe.skipIf(!isThere)(
  "upstream's manifests (skipped where ../shared/upstream is absent)",
  () => {
    const all = documents()
    const values = all.map(({ value }) => value)

    test("none throws; every refusal has a code and a place", async () => {
      let ran = 0
      for (const { file, value } of all) {
        const result = await conformance(value, { others: values })
        if (!result.isOurs) continue
        if (result.validated) ran += result.ran ? 1 : 0
        else expect(`${file} ${result.reason}`).toMatch(/ [A-Z][A-Za-z]+ [a-zA-Z.0-9-]+: .+/)
      }
      expect(ran).toBeGreaterThanOrEqual(155)
    })

    const examples = all.filter(
      ({ file, value }) => /^examples\/[^/]+$/.test(file) && parseWorkflow(value).ok,
    )
    test.each(examples)("$file ends as upstream says", async ({ file, value }) => {
      const outcomes = steered[file] ?? []
      const ran = await simulateWorkflow(value, {
        outcomes,
        resume: true,
        limitMs: 86_400_000,
        findTemplate: templateSource(values),
        findConfigMap: configMapSource(values),
      })
      const { phase = "", message = "", finishedAt } = ran.status ?? {}
      const answer =
        finishedAt === undefined
          ? `still ${phase}`
          : phase === "Succeeded"
            ? phase
            : `${phase} ${message}`
      expect(answer).toMatch(others[file] ?? /^Succeeded$/)
    })
  },
)
