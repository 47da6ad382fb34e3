import { epochMs } from "@argo-ts/kernel"
import { explainRollout, simulateRollout } from "@argo-ts/progressive-delivery"
import { canaryRollout, withImage } from "@argo-ts/progressive-delivery/testing"

const minute = 60_000
const steps = [{ setWeight: 20 }, { pause: { duration: "5m" } }, { setWeight: 50 }]
const simulation = simulateRollout(canaryRollout({ maxUnavailable: 0, steps }))
simulation.run(epochMs(1 * minute)) // the first version is out

simulation.update((rollout) => withImage(rollout, "shop:2"))
simulation.run(epochMs(3 * minute))
console.log(explainRollout(simulation.rollout(), simulation.observed(), simulation.now()))
// paused at step 2 of 3 for 3 min 5 s more

simulation.run(epochMs(10 * minute))
const { at = 0, phase } = simulation.rows().at(-1) ?? {}
console.log(`${phase} ${(at - minute) / 1000} s after the release`)
// Healthy 320 s after the release
