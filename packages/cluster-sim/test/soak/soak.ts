import {
  type Cluster,
  type ClusterError,
  createManager,
  interceptCluster,
  type RunningManager,
} from "@argo-ts/k8s"
import { createRandomStreams, epochMs, type Logger, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import {
  builtInControllers,
  type ClusterSim,
  createClusterSim,
  downAnnotation,
  type FaultOptions,
} from "../../src/index.js"
import { home, outside } from "./kinds.js"
import { addStray, drawPlan, follow } from "./plan.js"
import type { Recipe, Share } from "./recipe.js"
import { directly, type Reach } from "./served.js"
import { stateOf } from "./state.js"

const start = epochMs(1_767_225_600_000)

/** Everything that a cluster may do to its clients. */
export const everyFault: FaultOptions = {
  conflicts: 0.1,
  tooManyRequests: 0.05,
  internalErrors: 0.05,
  unavailable: 0.05,
  connectionResets: 0.05,
  slowLists: 0.2,
  droppedWatches: 0.003,
  brokenWatches: 0.003,
  lateEvents: 0.1,
  staleReads: 0.3,
  compactions: 0.02,
  clockSkewMsMax: 3_000,
  nodeLosses: 0.02,
  nodeLossMs: 480_000,
}

export interface Soak {
  readonly seed: string
  readonly recipes: readonly Recipe[]
  /** For how long users want things, and for how long there are faults. */
  readonly wholeMs: number
  /** For how long there is peace afterwards: longer than any back-off, to come to rest in. */
  readonly peaceMs: number
  readonly faults?: FaultOptions
  /** How often each process is stopped and begun again. */
  readonly restarts: number
  /** How processes reach the cluster. Default: in this process. */
  readonly reach?: (sim: ClusterSim, clock: VirtualClock) => Reach | Promise<Reach>
}

export interface Soaked {
  readonly state: readonly string[]
  /** What nobody expected. */
  readonly problems: readonly string[]
  /** What happened to clients: how many requests were sent, answered with which code, and how watches ended. */
  readonly met: ReadonlyMap<string, number>
}

interface World {
  readonly sim: ClusterSim
  readonly reach: Reach
  /** The cluster as its clients see it, counted. */
  readonly cluster: Cluster
  readonly met: Map<string, number>
  readonly clock: VirtualClock
  readonly logger: Logger
  readonly problems: string[]
}

/** One process: a manager with its controllers, and its share of the work. */
function begin(
  { reach: { cluster }, clock, logger }: World,
  recipe: Recipe,
  replica: number,
): () => Promise<void> {
  const identity = `${recipe.name}-${replica}`
  const share: Share | undefined = recipe.share?.(identity, { cluster, clock, logger })
  const ownership = share === undefined ? {} : { ownership: share.ownership }
  const running: RunningManager = createManager({ cluster, clock, logger, ...ownership })
    .add(...recipe.controllers())
    .start()
  return async () => {
    await running.stop()
    await share?.leave()
  }
}

/** Runs a process and stops it some times in between. */
function employ(world: World, soak: Soak, recipe: Recipe, replica: number): () => Promise<void> {
  const { clock, problems } = world
  const name = `${recipe.name}/${replica}`
  const stream = createRandomStreams(soak.seed).stream(`restarts/${name}`)
  const onProblem = (error: unknown): void => void problems.push(`${name}: ${String(error)}`)
  let stop = begin(world, recipe, replica)
  let isOver = false
  const again = async (): Promise<void> => {
    const stopping = stop
    stop = () => Promise.resolve()
    await stopping()
    if (!isOver) stop = begin(world, recipe, replica)
  }
  for (let count = soak.restarts; count > 0; count--) {
    const at = epochMs(start + Math.round(stream.next() * soak.wholeMs))
    clock.wakeAt(at, `restart/${name}`, () => void again().catch(onProblem))
  }
  return () => {
    isOver = true
    return stop()
  }
}

/** Counts what clients meet. */
function counted(cluster: Cluster, met: Map<string, number>): Cluster {
  const note = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1)
  const codeOf = (error: unknown): string => (error as ClusterError | undefined)?.code ?? "in order"
  const requests = interceptCluster(cluster, {
    async around(_request, send) {
      note("requests")
      try {
        return await send()
      } catch (error) {
        note(codeOf(error))
        throw error
      }
    },
  })
  return {
    ...requests,
    watch: (kind, options, observer) =>
      cluster.watch(kind, options, {
        event: (event) => observer.event(event),
        end(error) {
          note(`watch ended: ${codeOf(error)}`)
          observer.end(error)
        },
      }),
  }
}

async function createWorld(soak: Soak): Promise<World> {
  const clock = createVirtualClock(start)
  const problems: string[] = []
  const { faults, seed, recipes, wholeMs, reach: reachBy = directly } = soak
  const sim = createClusterSim({
    clock,
    seed,
    kinds: recipes.flatMap(({ kind, others }) => [kind, ...others]),
    namespaces: [home, outside],
    controllers: [],
    nodes: 3,
    ...(faults === undefined ? {} : { faults: { ...faults, durationMs: wholeMs } }),
  })
  const met = new Map<string, number>()
  const reach = await reachBy(sim, clock)
  const cluster = counted(reach.cluster, met)
  sim.onWrite(({ manager, kind, after }) => {
    if (manager !== "cluster/faults" || kind.kind !== "Node") return
    if (after?.metadata.annotations?.[downAnnotation] !== undefined) {
      met.set("nodes lost", (met.get("nodes lost") ?? 0) + 1)
    }
  })
  return { sim, reach, cluster, met, clock, problems, logger: silentLogger }
}

/** Users and processes at work for the whole time, then peace; answers what is left in the end. */
export async function runSoak(soak: Soak): Promise<Soaked> {
  const world = await createWorld(soak)
  const { sim, reach, cluster, clock, logger, problems, met } = world
  const builtIn = createManager({ cluster, clock, logger })
    .add(...builtInControllers())
    .start()
  const ends = soak.recipes.flatMap((recipe) =>
    Array.from({ length: recipe.replicas }, (_replica, index) =>
      employ(world, soak, recipe, index),
    ),
  )
  const onProblem = (error: unknown): void => void problems.push(`user: ${String(error)}`)
  for (const recipe of soak.recipes) {
    const stream = createRandomStreams(soak.seed).stream(`plan/${recipe.name}`)
    for (const [name, wishes] of drawPlan(recipe, stream, soak.wholeMs)) {
      follow(wishes, recipe.kind, { cluster, clock, start, onProblem })
      if (recipe.name === "flock") await addStray(cluster, name).catch(onProblem)
    }
  }
  await reach.pass(soak.wholeMs + soak.peaceMs)
  const state = await stateOf(sim.cluster)
  const stopped = Promise.all([builtIn.stop(), ...ends.map((end) => end())])
  await reach.pass(60_000)
  await stopped
  await reach.close()
  await sim.close()
  return { state, problems, met }
}
