import { readdirSync } from "node:fs"
import { join } from "node:path"
import { createRandomStreams, epochMs, isJsonObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { parseCronWorkflow, runOf } from "../src/cron/index.js"
import {
  formatGraph,
  formatTree,
  openWorkflow,
  parseClusterWorkflowTemplate,
  parseWorkflow,
  parseWorkflowEventBinding,
  parseWorkflowTemplate,
  type Workflow,
} from "../src/index.js"
import { lintWorkflows } from "../src/lint/index.js"
import { playWorkflow } from "../src/simulate/play.js"
import { exploreWorkflow } from "../src/testing/index.js"
import { mutate } from "./fuzz/mutate.js"
import { ownSeeds, valuesIn } from "./fuzz/seeds.js"

/** `ARGO_TS_FUZZ=50000`: so many manifests; `pnpm fuzz:workflows` sets it, and where upstream's lie, if they are at hand. */
const wanted = Number(process.env["ARGO_TS_FUZZ"] ?? "400")
const upstream = process.env["ARGO_TS_UPSTREAM"]
const firstSeed = Number(process.env["ARGO_TS_FUZZ_SEED"] ?? "1")

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join(folder, file))
    .toSorted()
}

const own = ownSeeds()
const seeds = [...own, ...(upstream === undefined ? [] : filesBelow(upstream).flatMap(valuesIn))]

const parsers = {
  Workflow: parseWorkflow,
  WorkflowTemplate: parseWorkflowTemplate,
  ClusterWorkflowTemplate: parseClusterWorkflowTemplate,
  CronWorkflow: parseCronWorkflow,
  WorkflowEventBinding: parseWorkflowEventBinding,
}

function run(workflow: Workflow): void {
  const named: Workflow = { ...workflow, metadata: { ...workflow.metadata, name: "wf" } }
  const outcome = { phase: "Succeeded", result: "[1,2]" } as const
  const { status } = playWorkflow(named, { outcomeOf: () => ({ outcome, durationMs: 1000 }) })
  formatTree({ ...named, status })
  const again = openWorkflow(
    { ...named, status: JSON.parse(JSON.stringify(status)) },
    { now: epochMs(0) },
  )
  again.explain(epochMs(1000))
  for (const id of Object.keys(status.nodes ?? {}).slice(0, 50)) again.explainNode(id, epochMs(0))
  for (const format of ["dot", "mermaid", "svg"] as const) {
    expect(formatGraph(named, format)).toMatch(/^(digraph|flowchart|<svg)[^]*\n$/)
  }
  if (Object.keys(status.nodes ?? {}).length <= smallNodes) explore(named)
}

const smallNodes = 12

/** Every combination of how a few steps may end, as far as a few runs go. */
function explore({ status: _status, ...manifest }: Workflow): void {
  const { runs, phases } = exploreWorkflow(manifest, { runsMax: 30, withErrors: true })
  expect(runs).toBeLessThanOrEqual(30)
  expect(Object.values(phases).reduce((sum, count) => sum + count, 0)).toBe(runs)
}

/** Everything that is done with a manifest; answers the codes of what is refused. */
function attack(manifest: unknown): readonly string[] {
  lintWorkflows([manifest])
  const kind = isJsonObject(manifest) ? manifest["kind"] : undefined
  if (typeof kind !== "string" || !Object.hasOwn(parsers, kind)) return ["NoKind"]
  const parsed = parsers[kind as keyof typeof parsers](manifest)
  if (!parsed.ok) {
    for (const { code, message } of parsed.issues)
      expect(`${code} ${message}`).toMatch(/^[A-Z]\w+ ./)
    return parsed.issues.map(({ code }) => code)
  }
  if (kind === "Workflow") run(parsed.value as Workflow)
  if (kind === "CronWorkflow") {
    const made = parseWorkflow(runOf(parsed.value as Parameters<typeof runOf>[0], epochMs(0)))
    if (made.ok) run(made.value)
  }
  return []
}

test(`${wanted} spoilt manifests are refused with named issues, or run`, {
  timeout: 3_600_000,
}, () => {
  let refused = 0
  const problems: string[] = []
  let slowest = { ms: 0, index: 0 }
  for (let index = firstSeed; index < firstSeed + wanted; index++) {
    const random = createRandomStreams(index).stream("mutant")
    const mutant = mutate(seeds[random.integer(seeds.length)], random)
    const begun = performance.now()
    try {
      if (attack(mutant).length > 0) refused++
    } catch (error) {
      problems.push(
        `${index}: ${(error as Error).stack?.split("\n").slice(0, 4).join(" | ") ?? ""}`,
      )
    }
    const ms = performance.now() - begun
    if (ms > slowest.ms) slowest = { ms, index }
    expect(Object.prototype).not.toHaveProperty("polluted")
  }
  if (process.env["ARGO_TS_FUZZ"] !== undefined) {
    console.log(
      `${wanted} manifests of ${seeds.length} seeds, ${refused} refused, slowest ${slowest.ms.toFixed(0)} ms (${slowest.index}), ${problems.length} problems`,
    )
  }
  expect(problems.slice(0, 10)).toEqual([])
  // Upstream has one of ten thousand nodes: seconds on a busy machine, and no hang.
  expect(slowest.ms).toBeLessThan(60_000)
  // A fuzz whose manifests are all refused, or never, attacks nothing.
  expect(refused).toBeLessThan(wanted * 0.95)
  expect(refused).toBeGreaterThan(wanted * 0.2)
})

test("the seeds themselves are valid", () => {
  expect(own.flatMap((manifest) => attack(manifest))).toEqual([])
})
