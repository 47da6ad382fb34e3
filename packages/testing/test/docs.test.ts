import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { isJsonObject } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { describe, expect, test } from "vitest"
import { operators, parseScenario, runScenario } from "../src/index.js"

const page = readFileSync(
  fileURLToPath(new URL("../../../docs/scenarios.md", import.meta.url)),
  "utf8",
)
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] as string)

describe("docs/scenarios.md", () => {
  test.each(blocks.map((text, index) => [index + 1, text] as const))(
    "snippet %i",
    async (_index, text) => {
      const documents = parseManifests(text)
      if (!documents.ok) throw new Error(documents.issues.map((issue) => issue.message).join("\n"))
      const value = documents.value[0]?.value
      const isWhole = isJsonObject(value) && value["kind"] === "Scenario"
      const base = {
        apiVersion: "testing.argo-ts.dev/v1alpha1",
        kind: "Scenario",
        metadata: { name: "a part" },
        story: [],
      }
      const scenario = parseScenario(isWhole ? value : { ...base, given: value })
      expect(scenario).toMatchObject({ ok: true })
      if (!scenario.ok) return
      const result = await runScenario(scenario.value, { controllers: [], kinds: [] })
      expect(result.failures).toEqual([])
    },
  )

  test("names every operator and every action", () => {
    for (const operator of Object.keys(operators)) expect(page).toContain(`\`${operator}\``)
    for (const action of [
      "apply",
      "applyFile",
      "create",
      "patch",
      "delete",
      "metric",
      "commit",
      "faults",
      "advance",
      "restart",
    ]) {
      expect(page).toContain(`| \`${action}: `)
    }
  })
})
