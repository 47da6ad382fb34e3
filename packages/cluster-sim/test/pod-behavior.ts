import fc from "fast-check"
import type { ContainerBehavior } from "../src/controllers/kubelet/pod-script.js"

const times = fc.constantFrom(0, 1, 400, 1_000, 2_500)
const never = fc.option(times)

/** Scripts of one container, of every kind. */
export const behavior: fc.Arbitrary<ContainerBehavior> = fc.record(
  {
    pullMs: times,
    pullError: fc.constant("not found"),
    startMs: times,
    startedMs: never,
    readyMs: never,
    readiness: fc.array(fc.record({ atMs: times, ready: fc.boolean() }), { maxLength: 3 }),
    livenessFailsMs: never,
    exitMs: never,
    exitCode: fc.constantFrom(0, 1),
  },
  { requiredKeys: [] },
)

/** When a pod's containers are begun again. */
export const restartPolicy: fc.Arbitrary<string> = fc.constantFrom("Always", "OnFailure", "Never")
