import { epochMs, formatDuration, parseDuration } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"

const soak = parseDuration("24h")
const clock = createVirtualClock(epochMs(0))
clock.wakeAt(epochMs(soak.ok ? soak.value : 0), "soak", () => {
  console.log(`soaked for ${formatDuration(clock.now())}`)
})
await clock.advance(86_400_000) // At once: nobody waits for a day.
// soaked for 24h0m0s
