import { epochMs, formatInstant, type Stored } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import { behavior, restartPolicy } from "../../../test/pod-behavior.js"
import type { Pod } from "../workloads.js"
import { decidePod, type PodView } from "./pod-decision.js"
import { type ContainerBehavior, planPod } from "./pod-script.js"

const start = 1_767_225_600_000
const names = fc.constantFrom<readonly string[]>(["a"], ["a", "b"])

function podOf(
  containers: readonly string[],
  policy: string,
  init: readonly string[],
): Stored<Pod> {
  const of = (name: string) => ({ name, image: "app:1", imagePullPolicy: "IfNotPresent" })
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: "web", uid: "1", resourceVersion: "1" },
    spec: {
      nodeName: "node",
      restartPolicy: policy,
      containers: containers.map(of),
      initContainers: init.map(of),
    },
    status: { phase: "Pending" },
  } as unknown as Stored<Pod>
}

function viewOf(pod: Stored<Pod>, now: number, behavior?: ContainerBehavior): PodView {
  return {
    plan: planPod(pod, behavior === undefined ? {} : { default: behavior }),
    now: epochMs(now),
    hostIP: "10.0.0.1",
    podIP: "10.244.0.1",
    ephemeralSince: () => epochMs(now),
  }
}

const cases = fc.record({
  containers: names,
  policy: restartPolicy,
  given: behavior,
  hasInit: fc.boolean(),
  offset: fc.nat({ max: 999 }),
})

test.prop([cases])(
  "what is said to be settled is: the same kubelet has nothing to do about it, now or later",
  ({ containers, policy, given, hasInit, offset }) => {
    let pod = podOf(containers, policy, hasInit ? ["init"] : [])
    let now = start + offset
    for (let step = 0; step < 40; step++) {
      const view = viewOf(pod, now, given)
      const decision = decidePod(pod, view)
      if (decision.type === "Remove") return
      if (decision.type === "Report") {
        pod = { ...pod, status: JSON.parse(JSON.stringify(decision.status)) }
        if (decision.isSettled === true) expect(decidePod(pod, view)).toEqual({ type: "Wait" })
      } else if (decision.wakeAt === undefined) return
      now = Math.max(now, decision.wakeAt ?? now)
    }
  },
)

test("a pod that runs and is ready at once needs one look", () => {
  const pod = podOf(["a"], "Always", [])
  const now = epochMs(start)
  expect(decidePod(pod, viewOf(pod, now))).toMatchObject({
    type: "Report",
    isSettled: true,
    status: { phase: "Running", startTime: formatInstant(now) },
  })
})
