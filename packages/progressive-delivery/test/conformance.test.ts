import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { epochMs, type Issue, isJsonObject } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { describe, expect, test } from "vitest"
import {
  type AnalysisTemplate,
  type ClusterAnalysisTemplate,
  parseAnalysisRun,
  parseAnalysisTemplate,
  parseClusterAnalysisTemplate,
  parseExperiment,
  parseRollout,
  type Rollout,
  simulateRollout,
} from "../src/index.js"
import { withImage } from "../src/testing/index.js"

const root = new URL("../../../../shared/upstream/rollouts", import.meta.url).pathname
const parsers = new Map<
  string,
  (value: unknown) => { ok: boolean; issues?: readonly Issue[]; value?: unknown }
>([
  ["Rollout", parseRollout],
  ["AnalysisTemplate", parseAnalysisTemplate],
  ["ClusterAnalysisTemplate", parseClusterAnalysisTemplate],
  ["AnalysisRun", parseAnalysisRun],
  ["Experiment", parseExperiment],
])

interface Manifest {
  readonly file: string
  readonly kind: string
  readonly value: unknown
}

function manifests(): readonly Manifest[] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  return files.flatMap((file) => {
    const parsed = parseManifests(readFileSync(file, "utf8"), { file })
    if (!parsed.ok) return []
    return parsed.value.flatMap(({ value }) => {
      const kind = isJsonObject(value) ? value["kind"] : undefined
      return typeof kind === "string" && parsers.has(kind) ? [{ file, kind, value }] : []
    })
  })
}

const reason = existsSync(root) ? "" : " (skipped: no folder ../shared/upstream/rollouts)"
describe.skipIf(reason !== "")(`upstream's manifests${reason}`, () => {
  const all = reason === "" ? manifests() : []
  /** Written wrong on purpose, to be refused. */
  const isMeantBad = (file: string): boolean => file.includes("expectedfailures")

  test("whatever is refused is refused by name, never as a mistake of the manifest", () => {
    const wrong = all.flatMap(({ file, kind, value }) => {
      const result = parsers.get(kind)?.(value)
      const issues = result?.issues ?? []
      const isNamed = issues.every(({ code }) => code === "UnsupportedField")
      return isNamed || isMeantBad(file)
        ? []
        : [
            `${file} ${kind} ${issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; ")}`,
          ]
    })
    expect(wrong).toEqual([])
    expect(all.length).toBeGreaterThan(50)
  })

  test("every Rollout that is supported deploys, releases and ends", () => {
    const templates = all.filter(
      ({ kind, value }) => kind === "AnalysisTemplate" && parseAnalysisTemplate(value).ok,
    )
    const ofCluster = all.filter(
      ({ kind, value }) =>
        kind === "ClusterAnalysisTemplate" && parseClusterAnalysisTemplate(value).ok,
    )
    const ran: string[] = []
    for (const { file, kind, value } of all) {
      if (kind !== "Rollout") continue
      const parsed = parseRollout(value)
      if (!parsed.ok) continue
      // Several files use one name for different templates: the file's own come first.
      const near = (list: readonly Manifest[]): readonly unknown[] =>
        list
          .toSorted((left, right) => Number(right.file === file) - Number(left.file === file))
          .map((each) => each.value)
      const simulation = simulateRollout(parsed.value, {
        analysisTemplates: near(templates) as readonly AnalysisTemplate[],
        clusterAnalysisTemplates: near(ofCluster) as readonly ClusterAnalysisTemplate[],
      })
      simulation.run(epochMs(60_000))
      simulation.update((rollout: Rollout) => withImage(rollout, "other:1"))
      simulation.run(epochMs(3_600_000))
      const { phase, message = "" } = simulation.rollout().status ?? {}
      ran.push(`${file.slice(root.length + 1)}: ${phase} ${message}`)
      // Templates of kinds that are refused leave their rollout waiting for them, by name.
      if (phase === "Degraded") expect(message).toMatch(/does not exist|AnalysisRun|Metric/)
      else expect(["Healthy", "Paused"]).toContain(phase)
    }
    expect(ran.length).toBeGreaterThan(5)
  })
})
