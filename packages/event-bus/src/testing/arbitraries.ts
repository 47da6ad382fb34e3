import type { CloudEvent } from "../api/cloud-event.js"
import type { Sensor } from "../api/sensor.js"
import { aDependency, anEvent, aSensor, aTrigger, startOfTests } from "./builders.js"

/**
 * A generator of whole numbers below a bound: `fc.gen()` of fast-check, a seeded stream, or anything else. Kept this
 * small so that this entry point needs no test library.
 */
export type Draw = (bound: number) => number

const names = ["a", "b", "c"] as const

function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(values.length)] as T
}

/** Any of a few conditions over the dependencies `a`, `b` and `c`. */
function conditions(draw: Draw): string | undefined {
  return pick(draw, [undefined, "a", "a || b", "a && b", "(a && b) || c", "a && (b || c)"])
}

/** A valid sensor with dependencies `a`, `b` and `c` and one to three triggers of every delivery mode. */
export function drawSensor(draw: Draw): Sensor {
  const dependencies = names.map((name) =>
    draw(3) === 0
      ? aDependency(name, {
          filters: { data: [{ path: "n", type: "number", comparator: ">", value: ["2"] }] },
        })
      : aDependency(name),
  )
  const triggers = Array.from({ length: 1 + draw(3) }, (_, index) => {
    const text = conditions(draw)
    const given = text === undefined ? {} : { conditions: text }
    const reset = draw(4) === 0 ? [{ byTime: { cron: "*/5 * * * *" } }] : undefined
    const resets = reset === undefined ? {} : { conditionsReset: reset }
    const payload = [
      { src: { dependencyName: pick(draw, names), dataKey: "n", useRawData: true }, dest: "n" },
    ]
    const work = draw(2) === 0 ? { log: {} } : { function: { name: "f", payload } }
    return aTrigger(
      `t${index}`,
      { ...work, ...given, ...resets },
      {
        ...(draw(2) === 0 ? { atLeastOnce: true } : {}),
        ...(draw(2) === 0 ? { retryStrategy: { steps: 1 + draw(3), duration: "10s" } } : {}),
        ...(draw(4) === 0 ? { rateLimit: { unit: "Minute" as const, requestsPerUnit: 6 } } : {}),
      },
    )
  })
  return aSensor(dependencies, triggers)
}

/** An event for one of the dependencies of {@link drawSensor}, or for nobody; ids repeat now and then. */
export function drawEvent(draw: Draw, index: number): CloudEvent {
  const id = draw(8) === 0 ? `event-${draw(index + 1)}` : `event-${index}`
  const subject = pick(draw, [...names, "nobody"])
  const data = draw(6) === 0 ? { text: "no number" } : { n: draw(6) }
  return anEvent({ id, subject, at: startOfTests, data })
}
