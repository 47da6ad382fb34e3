import type { Controller } from "./controller.js"
import { createInformerPool } from "./informer-pool.js"
import type { ManagerOptions } from "./manager-options.js"
import { runController } from "./running-controller.js"

/** Controllers that run. */
export interface RunningManager {
  /** Resolves when every watched kind is known and work has begun. */
  readonly ready: Promise<void>
  /** How many keys wait or run, over all controllers. */
  pending(): number
  /** Stops watching, lets running reconciles end, and resolves. */
  stop(): Promise<void>
}

/** Runs controllers over one cluster; informers are shared among them. */
export interface Manager {
  add(...controllers: readonly Controller[]): Manager
  start(): RunningManager
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
          await Promise.all(running.map(({ queue }) => queue.close()))
          await Promise.all(running.map(({ recorder }) => recorder.flush()))
        },
      }
    },
  }
  return manager
}
