import { type Cluster, ClusterError, type WatchObserver } from "@argo-ts/k8s"
import { type EpochMs, epochMs, type KubernetesObject, type RandomStream } from "@argo-ts/kernel"
import { type Clock, sleep, type VirtualClock } from "@argo-ts/kernel/clock"

/** One machine with a clock of its own, a slow network, and bad luck. */
export interface ReplicaHost {
  readonly name: string
  readonly clock: Clock
  readonly cluster: Cluster
  /** The process stands still: nothing of it runs until `resume`, when all that came due runs at once. */
  pause(): void
  resume(): void
  /** The process is gone for good. */
  kill(): void
  /** Requests and watches go nowhere: some are lost on the way there, some on the way back. */
  cut(): void
  heal(): void
  /** True while the process runs. */
  isRunning(): boolean
}

export interface HostOptions {
  readonly name: string
  readonly clock: VirtualClock
  readonly cluster: Cluster
  readonly random: RandomStream
  /** How fast its clock runs. */
  readonly rate: number
  /** How far its clock is off. */
  readonly skewMs: number
  readonly latencyMaxMs: number
}

const hangMs = 3_000

function unreachable(): ClusterError {
  return new ClusterError("ServiceUnavailable", "the network is cut")
}

/** Runs what a process has to run, when it runs. */
function createProcess(): Pick<ReplicaHost, "pause" | "resume" | "kill" | "isRunning"> & {
  deliver(run: () => void): void
} {
  const backlog: (() => void)[] = []
  let state: "running" | "paused" | "killed" = "running"
  return {
    deliver(run) {
      if (state === "running") run()
      else if (state === "paused") backlog.push(run)
    },
    pause() {
      if (state === "running") state = "paused"
    },
    resume() {
      if (state !== "paused") return
      state = "running"
      for (const run of backlog.splice(0)) run()
    },
    kill() {
      state = "killed"
    },
    isRunning: () => state === "running",
  }
}

export function createReplicaHost(options: HostOptions): ReplicaHost {
  const { name, clock: world, cluster, random, rate, skewMs } = options
  const { deliver, ...process } = createProcess()
  const observers = new Set<{ end(): void }>()
  let isCut = false
  let sequence = 0

  const clock: Clock = {
    now: () => epochMs(Math.floor(world.now() * rate) + skewMs),
    wakeAt(at: EpochMs, key, wake) {
      let isCancelled = false
      const due = epochMs(Math.ceil((at - skewMs) / rate))
      const cancel = world.wakeAt(due, `${name}/${key}`, () =>
        deliver(() => {
          if (!isCancelled) wake()
        }),
      )
      return () => {
        isCancelled = true
        cancel()
      }
    },
    track: world.track,
    serve: world.serve,
  }
  const travel = (): Promise<void> =>
    sleep(world, random.integer(options.latencyMaxMs), `${name}/net/${sequence++}`)
  const request = async <T>(send: () => Promise<T>): Promise<T> => {
    const arrive = (settle: () => void): void => deliver(settle)
    return new Promise<T>((resolve, reject) => {
      const lose = async (): Promise<void> => {
        await sleep(world, hangMs, `${name}/net/${sequence++}`)
        arrive(() => reject(unreachable()))
      }
      const go = async (): Promise<void> => {
        await travel()
        if (isCut) return lose()
        const settle = await send().then(
          (answer) => () => resolve(answer),
          (error: unknown) => () => reject(error),
        )
        await travel()
        if (isCut) return lose()
        arrive(settle)
      }
      void go()
    })
  }
  const watch = <T extends KubernetesObject>(
    ...[kind, selection, observer]: Parameters<typeof cluster.watch<T>>
  ): (() => void) => {
    let isOpen = true
    const own = {
      end() {
        if (!isOpen) return
        isOpen = false
        observers.delete(own)
        stop()
        deliver(() => observer.end(unreachable()))
      },
    }
    const passing: WatchObserver<T> = {
      event: (event) => {
        if (isOpen && !isCut) deliver(() => observer.event(event))
      },
      end: (error) => {
        if (!isOpen) return
        isOpen = false
        observers.delete(own)
        deliver(() => observer.end(error))
      },
    }
    observers.add(own)
    const stop = cluster.watch(kind, selection, passing)
    return () => {
      isOpen = false
      observers.delete(own)
      stop()
    }
  }
  return {
    ...process,
    name,
    clock,
    cluster: {
      watch,
      kinds: () => request(() => cluster.kinds()),
      get: (...args) => request(() => cluster.get(...args)),
      list: (...args) => request(() => cluster.list(...args)),
      create: (...args) => request(() => cluster.create(...args)),
      update: (...args) => request(() => cluster.update(...args)),
      patch: (...args) => request(() => cluster.patch(...args)),
      apply: (...args) => request(() => cluster.apply(...args)),
      delete: (...args) => request(() => cluster.delete(...args)),
    },
    cut() {
      isCut = true
    },
    heal() {
      isCut = false
      for (const observer of observers) observer.end()
    },
  }
}
