import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type EpochMs, epochMs, recordOf } from "@argo-ts/kernel"
import { type Clock, isVirtualClock } from "@argo-ts/kernel/clock"
import { inheritedEnvironment } from "@argo-ts/kernel/process"
import type { StoredObject } from "../../../store/stored-object.js"
import type { Container, ContainerStatus, Pod, PodStatus } from "../../workloads.js"
import type { PodEvent, ProcessView, RunView, StartFault } from "../container-step.js"
import { type ContainerStop, statusesOf } from "../pod-stops.js"
import { type ContainerRun, type RunSetting, type RunWorld, startRun } from "./container-run.js"
import { type EnvironmentSources, environmentOf, expand } from "./environment.js"
import { createGuard } from "./guard.js"
import type { ProcessOptions } from "./options.js"
import { refusalOf } from "./refusal.js"
import { mountsOf, planVolumes } from "./volumes.js"
import { claimFolder, type WorkDirectory, workDirectory } from "./work-directory.js"

type StoredPod = StoredObject & Pod

/** What the kubelet does for the processes of its pods. */
export interface ProcessKubelet {
  /** A run of the pod is another than before. */
  changed(key: string): void
  tell(key: string, event: PodEvent): void
  /** The entries of a ConfigMap or Secret. */
  data(
    kind: "configmap" | "secret",
    namespace: string,
    name: string,
  ): ReadonlyMap<string, Buffer> | undefined
}

/** The pods of a cluster that run as processes of this machine. */
export interface PodProcesses {
  /** Who is told of what happens. */
  serve(kubelet: ProcessKubelet): void
  /** False once they are being closed: nothing is to be decided any more. */
  readonly isOpen: boolean
  /** What a decision about a pod looks at. */
  viewOf(key: string, pod: StoredPod, hostIP: string): ProcessView
  /** Starts the containers that `status` says have just begun to run. */
  start(key: string, pod: StoredPod, status: PodStatus): void
  /** Asks containers to end. */
  stop(pod: Pod, stops: readonly ContainerStop[]): void
  /** A pod is gone: whatever is left of it ends now. */
  drop(key: string, pod: Pod): void
  /** A claim is gone, and with it what pods have written to it. */
  dropClaim(namespace: string, name: string): void
  /** Pods of a namespace that a ConfigMap or Secret keeps from starting. */
  waitingIn(namespace: string): readonly string[]
  /** The runs of a container that are remembered, the newest last. */
  runsOf(uid: string, container: string): readonly ContainerRun[]
  /** The guard and the clock that commands of `exec` run with. */
  readonly guard: ReturnType<typeof createGuard>
  /** Ends all processes and removes what is temporary. */
  close(): Promise<void>
}

/** Where processes are reached: at this machine. */
export const processAddress = "127.0.0.1"

const graceDefaultSeconds = 30
const closeGraceDefaultMs = 2_000
/** The logs of the current and the previous run can be read. */
const runsMax = 2

const lost: RunView = {
  isStarted: false,
  isReady: false,
  end: {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The process ended with the cluster that ran it",
  },
}

const notAllowed: StartFault = {
  reason: "CreateContainerError",
  message: "pods run as processes only in a cluster that is created with `processes`",
}

interface PodRuns {
  readonly directory: WorkDirectory
  readonly runs: Map<string, ContainerRun[]>
}

/** Refuses what a cluster with processes cannot be. */
function check(clock: Clock): void {
  if (isVirtualClock(clock)) {
    throw new Error("processes: they take real time, and this cluster's clock is a virtual one")
  }
  if (process.platform === "win32") {
    throw new Error("processes: they need process groups, which Windows does not have")
  }
}

/** Directories and runs of pods. */
interface Roster {
  /** Of a pod that is known, or is from now on. */
  of(pod: StoredPod): PodRuns
  find(uid: string, container: string, restartCount: number): ContainerRun | undefined
  all(): readonly ContainerRun[]
  runsOf(uid: string, container: string): readonly ContainerRun[]
  /** Forgets a pod and ends what is left of it. */
  drop(uid: string, killAt: EpochMs): void
  dropClaim(namespace: string, name: string): void
  /** Resolves when everything has ended, and removes what is temporary. */
  clear(): Promise<void>
}

function createRoster(given: string | undefined): Roster {
  const pods = new Map<string, PodRuns>()
  const removing = new Set<Promise<void>>()
  let base: string | undefined
  const open = (): string => {
    if (base === undefined) {
      base = given ?? mkdtempSync(join(tmpdir(), "argo-ts-pods-"))
      mkdirSync(base, { recursive: true, mode: 0o700 })
    }
    return base
  }
  const runsOf = (uid: string, container: string): readonly ContainerRun[] =>
    pods.get(uid)?.runs.get(container) ?? []
  const all = () => [...pods.values()].flatMap((each) => [...each.runs.values()].flat())
  return {
    all,
    runsOf,
    of({ metadata }) {
      const { uid, namespace = "", name } = metadata
      const known = pods.get(uid)
      if (known !== undefined) return known
      const folder = join(open(), "pods", `${namespace}_${name}_${uid}`)
      const directory = workDirectory(folder, join(open(), "claims", namespace))
      const fresh = { directory, runs: new Map<string, ContainerRun[]>() }
      pods.set(uid, fresh)
      return fresh
    },
    find: (uid, container, count) =>
      runsOf(uid, container).find(({ restartCount }) => restartCount === count),
    drop(uid, killAt) {
      const known = pods.get(uid)
      if (known === undefined) return
      pods.delete(uid)
      const runs = [...known.runs.values()].flat()
      for (const run of runs) run.stop(killAt)
      const removed = Promise.all(runs.map(({ ended }) => ended)).then(() => {
        known.directory.remove()
        removing.delete(removed)
      })
      removing.add(removed)
    },
    dropClaim(namespace, name) {
      if (base === undefined && given === undefined) return
      const folder = claimFolder(join(open(), "claims", namespace), name)
      rmSync(folder, { recursive: true, force: true })
    },
    async clear() {
      await Promise.all([...all().map(({ ended }) => ended), ...removing])
      if (base !== undefined && given === undefined) rmSync(base, { recursive: true, force: true })
    },
  }
}

function environmentSources(
  pod: Pod,
  hostIP: string,
  kubelet: ProcessKubelet | undefined,
): EnvironmentSources {
  const { namespace = "" } = pod.metadata
  const data: EnvironmentSources["data"] = (kind, name) => kubelet?.data(kind, namespace, name)
  return { pod, hostIP, podIP: processAddress, data }
}

/** Why a container of a pod cannot be started now. */
function faultOf(pod: Pod, name: string, sources: EnvironmentSources): StartFault | undefined {
  const refusal = refusalOf(pod, name)
  if (refusal !== undefined) return { reason: "CreateContainerError", message: refusal }
  const volumes = planVolumes(pod, sources)
  if ("fault" in volumes) {
    return { reason: "ContainerCreating", message: volumes.fault, event: "FailedMount" }
  }
  const environment = environmentOf(containerOf(pod, name), sources)
  if (!("fault" in environment)) return undefined
  return { reason: "CreateContainerConfigError", message: environment.fault }
}

/** Starts a container of a pod. */
function beginRun(
  world: RunWorld,
  { directory, runs }: PodRuns,
  status: ContainerStatus,
  from: { readonly sources: EnvironmentSources; readonly options: ProcessOptions },
): void {
  const { sources, options } = from
  const { pod } = sources
  const container = containerOf(pod, status.name)
  const what = {
    container,
    restartCount: status.restartCount,
    graceSeconds: pod.spec.terminationGracePeriodSeconds ?? graceDefaultSeconds,
  }
  const run = startRun(world, what, () => {
    const volumes = planVolumes(pod, sources)
    const environment = environmentOf(container, sources)
    if ("fault" in volumes) throw new Error(volumes.fault)
    if ("fault" in environment) throw new Error(environment.fault)
    directory.makeVolumes(volumes.volumes)
    const base = { ...inheritedEnvironment(), ...options.environment }
    return prepare(directory, pod, container, { base, own: environment.env })
  })
  const known = runs.get(container.name) ?? []
  runs.set(container.name, [...known, run].slice(-runsMax))
}

/** No process runs yet. Throws where the clock is virtual, or the system has no process groups. */
export function createPodProcesses(
  options: ProcessOptions | undefined,
  clock: Clock,
): PodProcesses {
  if (options !== undefined) check(clock)
  const guard = createGuard()
  const roster = createRoster(options?.directory)
  /** Namespaces of pods that cannot be started yet. */
  const waiting = new Map<string, string>()
  let kubelet: ProcessKubelet | undefined
  let isOpen = true
  const sourcesOf = (pod: StoredPod, hostIP: string) => environmentSources(pod, hostIP, kubelet)
  const worldOf = (key: string, container: string): RunWorld => ({
    guard,
    clock,
    key: `cluster/process/${key}/${container}`,
    changed: () => kubelet?.changed(key),
    tell: (event) => kubelet?.tell(key, event),
  })
  return {
    guard,
    serve(one) {
      kubelet = one
    },
    get isOpen() {
      return isOpen
    },
    viewOf: (key, pod, hostIP) => ({
      faultOf(container) {
        if (options === undefined) return notAllowed
        const fault = faultOf(pod, container, sourcesOf(pod, hostIP))
        if (fault === undefined) waiting.delete(key)
        else waiting.set(key, pod.metadata.namespace ?? "")
        return fault
      },
      runOf: (container, count) => roster.find(pod.metadata.uid, container, count) ?? lost,
    }),
    start(key, pod, status) {
      if (options === undefined) return
      for (const each of statusesOf(status)) {
        if (each.state.running === undefined) continue
        const before = statusesOf(pod.status).find(({ name }) => name === each.name)
        const ran = before?.state.running !== undefined && before.restartCount === each.restartCount
        // What ran before and is not known here ended with the program that ran it.
        if (ran || roster.find(pod.metadata.uid, each.name, each.restartCount)) continue
        const sources = sourcesOf(pod, status.hostIP ?? "")
        beginRun(worldOf(key, each.name), roster.of(pod), each, { sources, options })
      }
    },
    stop(pod, stops) {
      for (const { container, restartCount, killAt } of stops) {
        roster.find(pod.metadata.uid ?? "", container, restartCount)?.stop(killAt)
      }
    },
    drop(key, pod) {
      waiting.delete(key)
      roster.drop(pod.metadata.uid ?? "", clock.now())
    },
    dropClaim: roster.dropClaim,
    waitingIn: (namespace) =>
      [...waiting].flatMap(([key, where]) => (where === namespace ? [key] : [])),
    runsOf: roster.runsOf,
    async close() {
      isOpen = false
      const killAt = epochMs(clock.now() + (options?.closeGraceMs ?? closeGraceDefaultMs))
      for (const run of roster.all()) run.stop(killAt)
      await roster.clear()
      await guard.close()
    },
  }
}

function containerOf({ spec }: Pod, name: string): Container {
  const { initContainers = [], ephemeralContainers = [] } = spec
  const all = [...spec.containers, ...initContainers, ...ephemeralContainers]
  return all.find((each) => each.name === name) as Container
}

/** Makes the directory of a container, and its environment and words with the paths of this machine. */
function prepare(
  directory: WorkDirectory,
  pod: Pod,
  container: Container,
  env: {
    readonly base: { readonly [name: string]: string }
    /** What the container's spec says. */
    readonly own: { readonly [name: string]: string }
  },
): RunSetting {
  const variables = new Map(Object.entries(env.own))
  const made = directory.makeContainer(container.name, {
    mounts: mountsOf(container, (text) => expand(text, variables)),
    workingDir: container.workingDir,
    terminationMessagePath: container.terminationMessagePath ?? "/dev/termination-log",
  })
  const { replace } = made.paths
  const own = [...variables].map(([name, value]) => [name, replace(value)] as const)
  const words = [...(container.command ?? []), ...(container.args ?? [])]
  return {
    directory: made,
    words: words.map((word) => replace(expand(word, variables))),
    env: recordOf([
      ...Object.entries(env.base),
      ["HOSTNAME", pod.metadata.name ?? ""],
      ["TMPDIR", made.temporary],
      ...own,
    ]),
  }
}
