import { epochMs } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import { behavior, restartPolicy } from "../../../test/pod-behavior.js"
import { adopt } from "../../store/adopt.js"
import type { StoredObject } from "../../store/stored-object.js"
import type { Pod, PodStatus } from "../workloads.js"
import { decidePod, type PodView } from "./pod-decision.js"
import { type PodPlan, planPod } from "./pod-script.js"
import { createPrecedents } from "./precedent.js"

const start = 1_767_225_600_000

type Stored = StoredObject & Pod

function viewOf(plan: PodPlan, now: number, index: number): PodView {
  const at = epochMs(now)
  const podIP = `10.244.0.${index}`
  return { plan, now: at, hostIP: "10.0.0.1", podIP, ephemeralSince: () => at }
}

/** Pods of one template, which share what they are. */
function podsOf(policy: string, hasInit: boolean): Stored[] {
  const of = (name: string) => ({ name, image: "app:1", imagePullPolicy: "IfNotPresent" })
  const init = hasInit ? { initContainers: [of("init")] } : {}
  const spec = { nodeName: "node", restartPolicy: policy, containers: [of("a"), of("b")], ...init }
  const status = adopt({ phase: "Pending" }, undefined)
  return ["web-1", "web-2", "web-3"].map((name) => {
    const metadata = { namespace: "default", name, uid: name, resourceVersion: "1" }
    return { apiVersion: "v1", kind: "Pod", metadata, spec, status } as unknown as Stored
  })
}

test.prop([restartPolicy, behavior, fc.boolean(), fc.nat({ max: 999 })])(
  "a pod becomes by the one before it what it becomes by itself",
  (policy, given, hasInit, offset) => {
    const pods = podsOf(policy, hasInit)
    const plan = planPod(pods[0] as Stored, { default: given })
    const precedents = createPrecedents()
    let now = start + offset
    for (let step = 0; step < 25; step++) {
      let next = Number.POSITIVE_INFINITY
      for (const [index, pod] of pods.entries()) {
        const view = viewOf(plan, now, index)
        const { decision, kin } = precedents.decide(pod, view)
        expect(decision).toEqual(decidePod(pod, view))
        if (decision.type === "Remove") continue
        next = Math.min(next, decision.wakeAt ?? (decision.type === "Report" ? now : next))
        if (decision.type === "Wait") continue
        const stored = adopt(decision.status, kin ?? pod.status) as unknown as PodStatus
        if (kin === undefined) precedents.note(pod, view, { decision, stored })
        pods[index] = { ...pod, status: stored } as unknown as Stored
      }
      if (next === Number.POSITIVE_INFINITY) return
      now = Math.max(now, next)
    }
  },
)

test("pods that run at once share all of their status but their addresses", () => {
  const pods = podsOf("Always", false)
  const plan = planPod(pods[0] as Stored, {})
  const precedents = createPrecedents()
  const statuses = pods.map((pod, index) => {
    const view = viewOf(plan, start, index)
    const { decision, kin } = precedents.decide(pod, view)
    if (decision.type !== "Report") throw new Error(decision.type)
    const stored = adopt(decision.status, kin ?? pod.status) as unknown as PodStatus
    if (kin === undefined) precedents.note(pod, view, { decision, stored })
    return stored
  })
  expect(statuses.map(({ podIP }) => podIP)).toEqual(["10.244.0.0", "10.244.0.1", "10.244.0.2"])
  expect(new Set(statuses.map(({ conditions }) => conditions)).size).toBe(1)
  expect(new Set(statuses.map(({ containerStatuses }) => containerStatuses)).size).toBe(1)
})
