import type { FaultOptions } from "@argo-ts/cluster-sim"
import { type Cluster, createManager, interceptCluster, joinShards } from "@argo-ts/k8s"
import { createRandomStreams, silentLogger } from "@argo-ts/kernel"
import { sleep, type VirtualClock } from "@argo-ts/kernel/clock"
import type { Executor } from "../src/index.js"
import {
  cronWorkflowControllers,
  type WorkflowControllerOptions,
  workflowControllers,
} from "../src/kubernetes/index.js"

/** One of several that share the workflows of a cluster. */
export interface Replica {
  readonly name: string
  /** True: its requests go nowhere and are never answered. */
  isDead: boolean
  /** Until when its requests hang; then they are sent, late. */
  stalledUntil: number
  leave(): Promise<void>
}

/** What a replica works with. */
export interface ReplicaOptions extends Pick<WorkflowControllerOptions, "parallelism"> {
  readonly clock: VirtualClock
  readonly cluster: Cluster
  /** Given the cluster as the replica sees it. */
  readonly executorOf: (replica: Replica, cluster: Cluster) => Executor
  /** True: it serves CronWorkflows, too. */
  readonly isCron?: boolean
  /** Told of every request. */
  readonly onRequest?: () => void
}

/** Joins the others. */
export function joinReplica(name: string, options: ReplicaOptions): Replica {
  const { clock, executorOf, isCron = false, onRequest, parallelism } = options
  const replica: Replica = {
    name,
    isDead: false,
    stalledUntil: 0,
    leave: () => Promise.resolve(),
  }
  let requests = 0
  const cluster: Cluster = interceptCluster(options.cluster, {
    around: async (_request, send) => {
      const request = `${name}/request/${requests++}`
      onRequest?.()
      const { stalledUntil } = replica
      if (clock.now() < stalledUntil) await sleep(clock, stalledUntil - clock.now(), request)
      return replica.isDead ? new Promise(() => undefined) : send()
    },
  })
  const common = { cluster, clock, logger: silentLogger }
  const shard = joinShards({ ...common, namespace: "default", group: "wf", identity: name })
  const controllers = workflowControllers({
    executors: [executorOf(replica, cluster)],
    ownership: shard,
    handOverMs: 10_000,
    ...(parallelism === undefined ? {} : { parallelism }),
  })
  const manager = createManager({ ...common, ownership: shard })
    .add(...controllers, ...(isCron ? cronWorkflowControllers({ ownership: shard }) : []))
    .start()
  manager.ready.catch(() => undefined)
  replica.leave = async () => {
    await manager.stop()
    await shard.leave()
    controllers.close()
  }
  return replica
}

/** Tries again until it is done, or was. */
export async function insistently(clock: VirtualClock, work: () => Promise<void>): Promise<void> {
  for (;;) {
    let error: unknown
    const ended = work().catch((thrown: unknown) => {
      error = thrown
    })
    await clock.advance(1000)
    await ended
    if (
      error === undefined ||
      /AlreadyExists/.test(String((error as Error).name + (error as { code?: string }).code))
    )
      return
  }
}

/** What a network between the replicas and the server does: loss, delay, repetition, and answers that never come. */
export const storm: FaultOptions = {
  conflicts: 0.05,
  unavailable: 0.05,
  connectionResets: 0.05,
  slowLists: 0.1,
  droppedWatches: 0.02,
  brokenWatches: 0.02,
  lateEvents: 0.2,
  staleReads: 0.2,
  compactions: 0.01,
  durationMs: 240_000,
}

/** Replicas in trouble. */
export interface Crew {
  readonly replicas: Replica[]
  readonly join: (name: string) => Replica
  readonly seed: number
  /** From one trouble to the next, in milliseconds: at least, and so much more at most. Default 2,000 and 12,000. */
  readonly everyMs?: readonly [number, number]
  /** Default 5. */
  readonly rounds?: number
}

/** One after the other dies and is replaced, or stalls for longer than its lease lasts: what it had sent arrives afterwards. */
export async function trouble(clock: VirtualClock, crew: Crew): Promise<void> {
  const { replicas, join, seed, everyMs: [least, more] = [2000, 12_000], rounds = 5 } = crew
  const random = createRandomStreams(seed).stream("troubles")
  for (let round = 0; round < rounds; round++) {
    await clock.advance(least + random.integer(more))
    const index = random.integer(replicas.length)
    const replica = replicas[index] as Replica
    if (random.integer(3) === 0) {
      replica.isDead = true
      replicas[index] = join(`r${round}`)
    } else replica.stalledUntil = clock.now() + 20_000 + random.integer(30_000)
  }
}

/** Seeds of a search: so many as `STORM_SEEDS` says, or a few. */
export function stormSeeds(first: number): readonly number[] {
  return Array.from({ length: Number(process.env["STORM_SEEDS"] ?? 7) }, (_, at) => at + first)
}
