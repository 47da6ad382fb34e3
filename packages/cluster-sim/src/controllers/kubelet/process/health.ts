import { type EpochMs, epochMs, isJsonObject, type JsonObject } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { type ProbeSurroundings, probeOnce } from "@argo-ts/kernel/process"
import type { Container } from "../../workloads.js"

/** What probes have found of a run. */
export interface Health {
  readonly isStarted: boolean
  readonly isReady: boolean
  /** Looks no more. */
  stop(): void
}

/** Whom probes tell. */
export interface HealthListener {
  /** Started or ready is another. */
  changed(): void
  /** One look has failed. */
  unhealthy(probe: ProbeName, message: string): void
  /** The container is to be ended, for it did not start or lives no more. */
  failed(probe: ProbeName, graceSeconds: number | undefined): void
}

/** The probes of a container. */
export type ProbeName = "Startup" | "Liveness" | "Readiness"

interface Watch {
  readonly probe: JsonObject
  readonly surroundings: ProbeSurroundings
  readonly clock: Clock
  readonly key: string
  /** Told of each look; answers whether to go on. */
  found(fault: string | undefined): boolean
}

function secondsOf(probe: JsonObject, field: string, otherwise: number): number {
  const value = probe[field]
  return typeof value === "number" ? value : otherwise
}

/** Looks again and again, until it is stopped or told to. */
function watch({ probe, surroundings, clock, key, found }: Watch): () => void {
  let isStopped = false
  let cancel = (): void => undefined
  const waitFor = (seconds: number): void => {
    const at: EpochMs = epochMs(clock.now() + seconds * 1000)
    cancel = clock.wakeAt(at, key, () => void look())
  }
  const look = async (): Promise<void> => {
    const fault = await probeOnce(probe, surroundings)
    if (!isStopped && found(fault)) waitFor(secondsOf(probe, "periodSeconds", 10))
  }
  waitFor(secondsOf(probe, "initialDelaySeconds", 0))
  return () => {
    isStopped = true
    cancel()
  }
}

/** Counts looks: answers true or false once a threshold has been met again. */
function counter(probe: JsonObject): (fault: string | undefined) => boolean | undefined {
  let good = 0
  let bad = 0
  return (fault) => {
    good = fault === undefined ? good + 1 : 0
    bad = fault === undefined ? 0 : bad + 1
    if (good >= secondsOf(probe, "successThreshold", 1)) return true
    return bad >= secondsOf(probe, "failureThreshold", 3) ? false : undefined
  }
}

function probeOf(value: object | undefined): JsonObject | undefined {
  const probe = value as JsonObject | undefined
  return probe !== undefined && isJsonObject(probe) ? probe : undefined
}

/**
 * Probes a container that has just begun: first its start, and as soon as it has started its life and its readiness. A
 * container without a probe has started, lives, or is ready at once.
 */
export function watchHealth(
  container: Container,
  setting: Pick<Watch, "surroundings" | "clock" | "key">,
  listener: HealthListener,
): Health {
  const [startup, liveness, readiness] = [
    container.startupProbe,
    container.livenessProbe,
    container.readinessProbe,
  ].map(probeOf)
  const health = { isStarted: startup === undefined, isReady: readiness === undefined }
  const stops: (() => void)[] = []
  const look = (probe: JsonObject, found: Watch["found"]): void => {
    stops.push(watch({ probe, ...setting, found }))
  }
  const guardLife = (name: ProbeName, probe: JsonObject, onGood: () => boolean): void => {
    const count = counter(probe)
    look(probe, (fault) => {
      if (fault !== undefined) listener.unhealthy(name, fault)
      const verdict = count(fault)
      if (verdict === true) return onGood()
      if (verdict === undefined) return true
      const grace = probe["terminationGracePeriodSeconds"]
      listener.failed(name, typeof grace === "number" ? grace : undefined)
      return false
    })
  }
  const begin = (): void => {
    if (liveness !== undefined) guardLife("Liveness", liveness, () => true)
    if (readiness === undefined) return
    const count = counter(readiness)
    look(readiness, (fault) => {
      if (fault !== undefined) listener.unhealthy("Readiness", fault)
      const verdict = count(fault)
      if (verdict !== undefined && verdict !== health.isReady) {
        health.isReady = verdict
        listener.changed()
      }
      return true
    })
  }
  if (startup === undefined) begin()
  else {
    guardLife("Startup", startup, () => {
      health.isStarted = true
      begin()
      listener.changed()
      return false
    })
  }
  return {
    get isStarted() {
      return health.isStarted
    },
    get isReady() {
      return health.isReady
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}
