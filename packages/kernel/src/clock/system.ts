import { epochMs } from "../instant.js"
import type { Clock } from "./clock.js"
import { startLimited } from "./limited.js"

/** `setTimeout` counts in signed 32 bits; longer waits are taken in stages. */
const timeoutMaxMs = 2_147_483_647

/** The clock of the machine. */
export function systemClock(): Clock {
  return {
    now: () => epochMs(Date.now()),
    wakeAt(at, _key, wake) {
      let timer: NodeJS.Timeout
      const arm = (): void => {
        const restMs = Math.max(0, at - Date.now())
        timer = setTimeout(restMs > timeoutMaxMs ? arm : wake, Math.min(restMs, timeoutMaxMs))
      }
      arm()
      return () => clearTimeout(timer)
    },
    track: (key, start, options) => startLimited(key, start, options.realLimitMs),
    serve: async (_key, change) => change(),
  }
}
