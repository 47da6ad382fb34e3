import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "@argo-ts/cluster-sim"
import { createManager, type RunningManager } from "@argo-ts/k8s"
import {
  createLogger,
  epochMs,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { services } from "../src/api/foreign.js"
import {
  type MetricProviders,
  type Rollout,
  rolloutKinds,
  rollouts,
  type Service,
  type VerbPatch,
} from "../src/index.js"
import { rolloutControllers } from "../src/kubernetes/index.js"
import { scriptedProviders } from "../src/testing/index.js"

/** The controllers of this package over the in-memory cluster, on virtual time. */
export interface World {
  readonly clock: VirtualClock
  readonly sim: ClusterSim
  readonly errors: readonly string[]
  /** Stops the controllers and starts them anew, as a crash and a restart do. */
  restart(): Promise<void>
  stop(): Promise<void>
  rollout(name: string): Promise<Stored<Rollout>>
  change(name: string, change: (rollout: Rollout) => Rollout): Promise<void>
  operate(name: string, verb: (rollout: Rollout) => readonly VerbPatch[]): Promise<void>
  createService(name: string, app: string): Promise<void>
}

const namespace = "default"

/** Instant at which worlds begin: 2026-01-01T00:00:00Z. */
export const worldStart = epochMs(1_767_225_600_000)

/** A world with a cluster and running controllers. */
export async function createWorld(
  metrics: MetricProviders = scriptedProviders({}),
  options: Omit<ClusterSimOptions, "clock"> = {},
): Promise<World> {
  const clock = createVirtualClock(worldStart)
  const errors: string[] = []
  const logger = createLogger({
    write: ({ level, message, fields }) => {
      if (level === "error") errors.push(`${message} ${JSON.stringify(fields)}`)
    },
  })
  const sim = createClusterSim({ clock, kinds: rolloutKinds, logger, ...options })
  const { cluster } = sim
  let running: RunningManager | undefined
  const start = (): void => {
    running = createManager({ cluster, clock, logger })
      .add(...rolloutControllers({ metrics }))
      .start()
  }
  start()
  const get = async <T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
  ): Promise<Stored<T>> => {
    const found = await cluster.get(kind, key)
    if (found === undefined) throw new Error(`no ${kind.kind} ${key.name}`)
    return found
  }
  const rollout = (name: string): Promise<Stored<Rollout>> => get(rollouts, { namespace, name })
  return {
    clock,
    sim,
    errors,
    rollout,
    async restart() {
      await running?.stop()
      start()
    },
    async stop() {
      await running?.stop()
      await sim.close()
    },
    async change(name, change) {
      await cluster.update(rollouts, change(await rollout(name)) as Stored<Rollout>)
    },
    async operate(name, verb) {
      for (const each of verb(await rollout(name))) {
        const key = { namespace, name }
        if (each.type === "json") await cluster.patch(rollouts, key, each)
        else {
          const { subresource, patch } = each
          await cluster.patch(
            rollouts,
            key,
            { type: "merge", patch },
            subresource === undefined ? {} : { subresource },
          )
        }
      }
    },
    async createService(name, app) {
      const service: Service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace },
        spec: { selector: { app } },
      }
      const ports = [{ port: 80 }]
      await cluster.create(services, { ...service, spec: { ...service.spec, ports } } as Service)
    },
  }
}
