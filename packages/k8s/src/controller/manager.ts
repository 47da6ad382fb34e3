import { sleep } from "@argo-ts/kernel/clock"
import type { Controller } from "./controller.js"
import { createInformerPool } from "./informer-pool.js"
import type { ManagerOptions } from "./manager-options.js"
import { type RunningController, runController } from "./running-controller.js"

const gracePeriodDefaultMs = 30_000

/** Controllers that run. */
export interface RunningManager {
  /** Resolves when every watched kind is known and work has begun. */
  readonly ready: Promise<void>
  /** How many keys wait or run, over all controllers. */
  pending(): number
  /**
   * Stops watching and takes no more work. Resolves when what runs has ended and its events are written, or when the
   * grace period is over; what still runs then is told by its signal, and logged.
   */
  stop(): Promise<void>
}

/** Runs controllers over one cluster; informers are shared among them. */
export interface Manager {
  add(...controllers: readonly Controller[]): Manager
  start(): RunningManager
}

/** Waits for work and events to end, as long as there is grace. */
async function endWork(
  running: readonly RunningController[],
  { clock, logger, gracePeriodMs = gracePeriodDefaultMs }: ManagerOptions,
): Promise<void> {
  const ended = new AbortController()
  const end = async (): Promise<"ended"> => {
    await Promise.all(running.map(({ queue }) => queue.close()))
    await Promise.all(running.map(({ recorder }) => recorder.flush()))
    return "ended"
  }
  const grace = sleep(clock, gracePeriodMs, "manager/grace", ended.signal)
  const outcome = await Promise.race([end(), grace])
  ended.abort()
  if (outcome === "ended") return
  const keys = running.reduce((sum, { queue }) => sum + queue.size(), 0)
  logger.error("work goes on after the manager has stopped", { keys, gracePeriodMs })
  for (const each of running) each.abort()
}

/**
 * Composes controllers over a cluster.
 *
 * @example
 * ```ts
 * const running = createManager({ cluster, clock, logger }).add(rolloutController).start()
 * ```
 */
export function createManager(options: ManagerOptions): Manager {
  const controllers: Controller[] = []
  const manager: Manager = {
    add(...more) {
      controllers.push(...more)
      return manager
    },
    start() {
      const informers = createInformerPool(options)
      const running = controllers.map((each) => runController(each, options, informers))
      let isStopped = false
      const ready = Promise.all(running.map((each) => each.synced)).then(() => {
        if (!isStopped) for (const { queue } of running) queue.open()
      })
      ready.catch((error: unknown) => options.logger.error("controllers cannot start", { error }))
      return {
        ready,
        pending: () => running.reduce((sum, { queue }) => sum + queue.size(), 0),
        async stop() {
          isStopped = true
          informers.stop()
          for (const each of running) each.stop()
          await endWork(running, options)
        },
      }
    },
  }
  return manager
}
