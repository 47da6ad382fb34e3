import { epochMs, formatInstant, type Stored } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import { surplusOrder } from "./deletion-order.js"
import type { Pod } from "./workloads.js"

const now = epochMs(1_767_225_600_000)

/** A pod that has run and been ready for so many seconds. */
function pod(uid: string, seconds: number, nodeName = "a"): Stored<Pod> {
  const at = formatInstant(epochMs(now - seconds * 1000))
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: uid, uid, resourceVersion: "1", creationTimestamp: at },
    spec: { nodeName, containers: [] },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: at }],
    },
  }
}

function order(pods: readonly Stored<Pod>[], siblings: Record<string, number> = {}): string[] {
  const view = { now, siblings: new Map(Object.entries(siblings)) }
  return pods.toSorted(surplusOrder(view)).map(({ metadata }) => metadata.uid)
}

describe("The order in which surplus pods go", () => {
  test("the younger first, where one is twice as old", () => {
    expect(order([pod("a", 1_000), pod("b", 10)])).toEqual(["b", "a"])
  })

  test("by uid, where they are about as old", () => {
    expect(order([pod("b", 100), pod("a", 101)])).toEqual(["a", "b"])
    expect(order([pod("a", 100), pod("b", 101)])).toEqual(["a", "b"])
  })

  test("first those whose node has more of the family", () => {
    const pods = [pod("a", 10, "few"), pod("b", 1_000, "many")]
    expect(order(pods, { few: 1, many: 3 })).toEqual(["b", "a"])
  })

  test.prop([fc.uniqueArray(fc.nat({ max: 5_000 }), { minLength: 2, maxLength: 8 }), fc.nat()])(
    "is the same, however the pods are listed",
    (ages, turn) => {
      const pods = ages.map((seconds) => pod(`uid-${seconds}`, seconds))
      const at = turn % pods.length
      const turned = [...pods.slice(at), ...pods.slice(0, at)]
      expect(order(turned)).toEqual(order(pods))
    },
  )
})
