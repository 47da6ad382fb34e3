import { describe, expect, test } from "vitest"
import type { Workflow } from "../src/index.js"
import type { Features } from "./arbitrary.js"
import { storm, stormSeeds } from "./replicas.js"
import { attend, functions, pods, runWorld } from "./storms.js"
import { shapeOf } from "./world.js"

/*
 * What becomes of generated workflows that three replicas share, in a storm, with leases that expire under their owners and
 * owners that die, is what becomes of them where one replica runs them in peace: node by node, but for instants. Left out is
 * what asks for the order in which things end: deadlines, failFast, limits, and hooks that look at whether something runs.
 * Where the workflows share caches, it decides who is remembered, and not what.
 */

const settled: Partial<Features> = {
  parallelism: undefined,
  limits: false,
  failFast: false,
  deadlines: false,
}

/** What does not depend on when things happened. */
function workflowShape({ metadata, status }: Workflow): unknown {
  const nodes = Object.values(status?.nodes ?? {}).map((node) => [node.id, shapeOf(node)])
  const { phase, message, outputs, synchronization } = status ?? {}
  return [
    metadata.name,
    { phase, message, outputs, synchronization },
    new Map(nodes as [string, unknown][]),
  ]
}

/** How the workflow ended, and everything that a cache may know: what is below such a node depends on who ran it. */
function rememberedShape({ metadata, status }: Workflow): unknown {
  const units = Object.values(status?.nodes ?? {})
    .filter(({ templateName = "" }) => templateName.startsWith("known"))
    .map(({ name, phase, outputs }) => `${name} ${phase} ${outputs?.result ?? ""}`)
  return [metadata.name, status?.phase, units.toSorted()]
}

describe.each([
  ["functions", functions],
  ["pods", pods],
])("with steps that run as %s", (_how, work) => {
  test.each(stormSeeds(305))(
    "a storm changes when things happen, not what becomes of them (seed %i)",
    async (seed) => {
      const common = { work, features: { ...settled, memo: false }, people: attend }
      const peace = await runWorld(seed, { ...common, replicas: ["a"] })
      const rough = await runWorld(seed, { ...common, replicas: ["a", "b", "c"], faults: storm })
      expect(peace.items.filter(({ status }) => status?.finishedAt === undefined)).toEqual([])
      expect(rough.violations).toEqual([])
      expect(rough.items.map(workflowShape)).toEqual(peace.items.map(workflowShape))
    },
  )

  test.each(stormSeeds(505))(
    "nor what becomes of what is remembered, but for who was the first (seed %i)",
    async (seed) => {
      const common = { work, features: { ...settled, memo: true }, people: attend }
      const peace = await runWorld(seed, { ...common, replicas: ["a"] })
      const rough = await runWorld(seed, { ...common, replicas: ["a", "b", "c"], faults: storm })
      expect(rough.items.filter(({ status }) => status?.finishedAt === undefined)).toEqual([])
      expect(rough.violations).toEqual([])
      expect(rough.items.map(rememberedShape)).toEqual(peace.items.map(rememberedShape))
    },
  )
})
