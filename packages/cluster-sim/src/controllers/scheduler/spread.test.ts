import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Pod, SpreadConstraint } from "../workloads.js"
import type { Neighbour, NodeView } from "./node-view.js"
import { spreadRule } from "./spread.js"

const zone = "zone"
const refused = "node(s) didn't match pod topology spread constraints"
const web: Neighbour = {
  namespace: "shop",
  labels: { app: "web" },
  antiAffinity: [],
  isGoing: false,
}

function node(name: string, domain: string | undefined, neighbours: readonly Neighbour[]) {
  const labels = domain === undefined ? { name } : { name, [zone]: domain }
  const empty = { used: new Map(), podCount: 0, ports: new Set<string>(), allocatable: new Map() }
  return { name, labels, isCordoned: false, taints: [], neighbours, ...empty } as NodeView
}

function answers(
  nodes: readonly NodeView[],
  constraint: Partial<SpreadConstraint>,
  spec: object = {},
) {
  const labelSelector = { matchLabels: { app: "web" } }
  const full = { maxSkew: 1, topologyKey: zone, labelSelector, ...constraint }
  const pod = {
    metadata: { namespace: "shop", labels: { app: "web", hash: "new" } },
    spec: { containers: [], topologySpreadConstraints: [full], ...spec },
  } as unknown as Pod
  return nodes.map(spreadRule(pod, nodes))
}

describe("spreading over domains", () => {
  test("refuses the fuller zone, and nodes that are in none", () => {
    const nodes = [node("a", "one", [web]), node("b", "two", []), node("c", undefined, [])]
    expect(answers(nodes, {})).toEqual([refused, undefined, `${refused} (missing required label)`])
    expect(answers(nodes, { maxSkew: 2 }).slice(0, 2)).toEqual([undefined, undefined])
    expect(answers(nodes, { whenUnsatisfiable: "ScheduleAnyway" })).not.toContain(refused)
  })

  test("counts pods of the own namespace that stay and are meant", () => {
    const strangers = [
      { ...web, namespace: "market" },
      { ...web, isGoing: true },
      { ...web, labels: {} },
    ]
    expect(answers([node("a", "one", strangers), node("b", "two", [])], {})[0]).toBeUndefined()
    const old = { ...web, labels: { app: "web", hash: "old" } }
    const nodes = [node("a", "one", [old]), node("b", "two", [])]
    expect(answers(nodes, {})[0]).toBe(refused)
    expect(answers(nodes, { matchLabelKeys: ["hash"] })[0]).toBeUndefined()
  })

  test("too few domains count as if one were empty", () => {
    const nodes = [node("a", "one", [web])]
    expect(answers(nodes, {})).toEqual([undefined])
    expect(answers(nodes, { minDomains: 2 })).toEqual([refused])
  })

  test("domains that the pod may not go to count only where that is ignored", () => {
    const nodes = [node("a", "one", [web]), node("b", "two", [])]
    const spec = { nodeSelector: { [zone]: "one" } }
    expect(answers(nodes, {}, spec)[0]).toBeUndefined()
    expect(answers(nodes, { nodeAffinityPolicy: "Ignore" }, spec)[0]).toBe(refused)
    const taint = { key: "gpu", effect: "NoSchedule" as const }
    const tainted = [nodes[0], { ...nodes[1], taints: [taint] }] as NodeView[]
    expect(answers(tainted, {})[0]).toBe(refused)
    expect(answers(tainted, { nodeTaintsPolicy: "Honor" })[0]).toBeUndefined()
  })

  test("pods that go wherever they are let are never further apart than the skew, and none is stuck", () => {
    const choice = fc.array(fc.nat(11), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), choice, (maxSkew, choices) => {
        const pods = new Map<string, Neighbour[]>(["a", "b", "c"].map((name) => [name, []]))
        for (const drawn of choices) {
          const nodes = [...pods].map(([name, there]) => node(name, name, there))
          const free = nodes.filter((_each, at) => answers(nodes, { maxSkew })[at] === undefined)
          expect(free).not.toEqual([])
          pods.get(free[drawn % free.length]?.name ?? "")?.push(web)
          const sizes = [...pods.values()].map(({ length }) => length)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(maxSkew)
        }
      }),
    )
  })
})
