import { type Cluster, createInformer, type Informer, isClusterError } from "@argo-ts/k8s"
import {
  epochMs,
  formatIssue,
  formatKey,
  type KubernetesObject,
  OperationError,
  type Stored,
  thrownText,
} from "@argo-ts/kernel"
import { sleep } from "@argo-ts/kernel/clock"
import { workflowTaskResults } from "../../api/kinds.js"
import type { WorkflowTaskResult } from "../../api/task-result.js"
import type { Outcome } from "../../core/actions.js"
import { mainContainers } from "../../executors/containers.js"
import type { Executor, ExecutorWorld, Task } from "../../executors/executor.js"
import { isForNow, persistently } from "../../runtime/patience.js"
import { type ConfigMap, configMaps } from "../config-maps.js"
import { deleteClaims, makeClaims } from "./claims.js"
import { type PodObject, podLabels, podStatusFinalizer, pods } from "./kinds.js"
import { deletionDelay, isSelected } from "./pod-gc.js"
import { deletedPod, type PodReading, readPod } from "./reading.js"
import { executorToken } from "./service-account.js"
import { type PodShape, podOf } from "./shape.js"

/** How steps run as pods. */
export interface PodExecutorOptions extends PodShape {
  readonly cluster: Cluster
  /** Milliseconds that what a pod has to report is waited for after its end. Default ten minutes, as upstream. */
  readonly reportMs?: number
}

/** Runs steps as pods. */
export interface PodExecutor extends Executor {
  /** Ends the watching. Pods are left to themselves. */
  close(): void
}

const reportDefaultMs = 600_000
/** So long a pod that is to go is kept for a task that may still ask for it. */
const orphanMs = 60_000
const retryFirstMs = 1000
const retryMaxMs = 30_000

/**
 * Runs `container`, `script` and `containerSet` templates as pods, in the shape that upstream gives them: upstream's own
 * executor inside does the work and reports in WorkflowTaskResults. Pods are found again by their name and owner, so that a
 * restarted program begins nothing twice. Volume claims are made and deleted as the workflow says.
 */
export function podExecutor(options: PodExecutorOptions): PodExecutor {
  const host = new PodHost(options)
  return {
    accepts: ({ template }) => mainContainers(template).length > 0,
    start: (task, world) => host.start(task, world),
    stop: (key) => host.stop(key),
    leave: (key) => host.leave(key),
    claim: (request) => makeClaims(options.cluster, request),
    release: (request) => deleteClaims(options.cluster, request),
    close: () => host.close(),
  }
}

interface Following {
  readonly pods: Informer<PodObject>
  readonly results: Informer<WorkflowTaskResult>
}

/** A task that runs as a pod. */
interface Running {
  readonly task: Task
  readonly world: ExecutorWorld
  readonly resolve: (outcome: Outcome) => void
  state: PodReading["state"] | "new"
  isStopped: boolean
  /** Nobody here waits for it any more. */
  isLeft: boolean
  isPatient: boolean
  /** What it told of its progress. */
  progress: string
  cancelReport: () => void
}

class PodHost {
  readonly #options: PodExecutorOptions
  /** By the pod's `namespace/name`, by `namespace/node id`, and by the task's key. */
  readonly #byPod = new Map<string, Running>()
  readonly #byNode = new Map<string, Running>()
  readonly #byKey = new Map<string, Running>()
  #following: Following | undefined

  constructor(options: PodExecutorOptions) {
    this.#options = options
  }

  start(task: Task, world: ExecutorWorld): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const running: Running = {
        task,
        world,
        resolve,
        state: "new",
        isStopped: false,
        isLeft: false,
        isPatient: true,
        progress: "",
        cancelReport: () => undefined,
      }
      this.#byPod.set(podKey(task), running)
      this.#byNode.set(`${task.namespace}/${task.nodeId}`, running)
      this.#byKey.set(task.key, running)
      this.#begin(running).catch((error: unknown) => {
        this.#forget(running)
        reject(error)
      })
    })
  }

  stop(key: string): void {
    const running = this.#byKey.get(key)
    if (running === undefined || running.isStopped) return
    running.isStopped = true
    void this.#remove(running)
  }

  leave(key: string): void {
    const running = this.#byKey.get(key)
    if (running === undefined) return
    running.isLeft = true
    running.cancelReport()
    this.#forget(running)
  }

  close(): void {
    this.#following?.pods.stop()
    this.#following?.results.stop()
  }

  /** Finds the pod, or has it made: however often something passing keeps it from that. */
  async #begin(running: Running): Promise<void> {
    const { task, world } = running
    const following = this.#follow(world)
    await Promise.all([following.pods.synced, following.results.synced])
    const isWanted = (): boolean => !running.isLeft && !running.isStopped
    try {
      const pod = await persistently(() => this.#pod(running, following), {
        clock: world.clock,
        key: `${task.key}/create`,
        isPassing: (error) => isWanted() && isPassing(error),
        waiting: (error) => world.waiting(task, thrownText(error)),
      })
      if (running.isLeft) return
      following.pods.observe(pod)
      if (running.isStopped) await this.#remove(running)
      this.#look(running)
    } catch (error) {
      if (running.isLeft) return
      this.#end(running, { phase: "Error", isUnstarted: true, message: thrownText(error) })
    }
  }

  async #pod(running: Running, following: Following): Promise<Stored<PodObject>> {
    const { task, world } = running
    const { cluster } = this.#options
    const key = { namespace: task.namespace, name: task.podName }
    const token = await executorToken(task, cluster)
    const shaped = podOf(task, this.#options, { now: world.clock.now(), token })
    if (!shaped.ok) throw refused(shaped.issues.map(formatIssue).join("; "))
    const known = following.pods.store.get(key)
    if (known !== undefined && isOf(known, task)) return known
    const { pod, config } = shaped.value
    if (config !== undefined) await makeOnce(cluster, config)
    try {
      return await cluster.create(pods, pod)
    } catch (error) {
      if (!isClusterError(error, "AlreadyExists")) throw error
      const found = await cluster.get(pods, key)
      if (found === undefined) throw error
      if (isOf(found, task)) return found
      throw refused(`a pod named ${task.podName} is there, and is not the workflow's`)
    }
  }

  #follow(world: ExecutorWorld): Following {
    const { clock, logger } = world
    const { cluster } = this.#options
    if (this.#following !== undefined) return this.#following
    const following: Following = {
      pods: createInformer(pods, { cluster, clock, logger }),
      results: createInformer(workflowTaskResults, { cluster, clock, logger }),
    }
    this.#following = following
    following.pods.listen((after, before) => {
      const { namespace = "", name = "" } = (after ?? before)?.metadata ?? {}
      const running = this.#byPod.get(`${namespace}/${name}`)
      if (running === undefined && after !== undefined) this.#orphan(after, world)
      if (running === undefined || !isOf(after ?? before, running.task)) return
      if (after === undefined) this.#vanish(running)
      else this.#look(running)
    })
    following.results.listen((after) => {
      const { namespace = "", name = "" } = after?.metadata ?? {}
      const running = this.#byNode.get(`${namespace}/${name}`)
      if (running !== undefined) this.#look(running)
    })
    return following
  }

  /** Reads the pod as it is known now, and tells what is news. */
  #look(running: Running): void {
    const { task, world } = running
    const following = this.#following
    const key = { namespace: task.namespace, name: task.podName }
    const pod = following?.pods.store.get(key)
    if (following === undefined || pod === undefined || running.state === "ended") return
    // Nobody will run it any more: nothing is to be read.
    if (isLeaving(pod) && pod.spec["nodeName"] === undefined) this.#letGo(running, pod)
    const result = following.results.store.get({ namespace: task.namespace, name: task.nodeId })
    if (result?.progress !== undefined && result.progress !== running.progress) {
      running.progress = result.progress
      world.progress(task, result.progress)
    }
    const reading = readPod(task, { pod, result, isPatient: running.isPatient })
    const host = pod.spec["nodeName"]
    const place = typeof host === "string" ? { hostNodeName: host } : undefined
    const isNews = reading.state !== running.state
    running.state = reading.state
    switch (reading.state) {
      case "waiting":
        if (reading.message !== "") world.waiting(task, reading.message)
        return
      case "running":
        if (isNews) world.started(task, place)
        return
      case "ready":
        if (isNews) world.ready(task, { podIP: reading.podIP, ...place })
        return
      case "reporting":
        if (isNews) this.#await(running)
        return
      case "ended":
        this.#end(running, reading.outcome)
        this.#close(running, reading.outcome.phase)
        return
    }
  }

  /** Waits for reports for as long as upstream does. */
  #await(running: Running): void {
    const { clock } = running.world
    const at = epochMs(clock.now() + (this.#options.reportMs ?? reportDefaultMs))
    running.cancelReport = clock.wakeAt(at, `${running.task.key}/report`, () => {
      running.isPatient = false
      this.#look(running)
    })
  }

  #vanish(running: Running): void {
    if (running.state === "ended") return
    const outcome: Outcome = running.isStopped
      ? { phase: "Failed", message: "stopped" }
      : deletedPod(running.task.template)
    this.#end(running, outcome)
  }

  #end(running: Running, outcome: Outcome): void {
    running.state = "ended"
    running.cancelReport()
    this.#forget(running)
    running.resolve(outcome)
  }

  #forget({ task }: Running): void {
    this.#byPod.delete(podKey(task))
    this.#byNode.delete(`${task.namespace}/${task.nodeId}`)
    this.#byKey.delete(task.key)
  }

  /** Marks the pod as done, and deletes it where `podGC` says so. */
  #close({ task, world }: Running, phase: Outcome["phase"]): void {
    const { cluster } = this.#options
    const key = { namespace: task.namespace, name: task.podName }
    const labels = { [podLabels.completed]: "true" }
    const pod = this.#following?.pods.store.get(key)
    const patch = { metadata: { labels, ...(pod === undefined ? {} : released(pod)) } }
    cluster.patch(pods, key, { type: "merge", patch }).catch((error: unknown) => {
      if (!isClusterError(error, "NotFound")) world.logger.warn("a pod is not marked", { error })
    })
    const { podGC = {} } = task.spec
    const { strategy } = podGC
    const isDue =
      strategy === "OnPodCompletion" || (strategy === "OnPodSuccess" && phase === "Succeeded")
    if (!isDue || pod === undefined || !isSelected(podGC, pod)) return
    const at = epochMs(world.clock.now() + deletionDelay(podGC))
    world.clock.wakeAt(at, `${task.key}/collect`, () => {
      cluster.delete(pods, key).catch((error: unknown) => {
        world.logger.warn("a pod is not deleted", { pod: formatKey(key), error })
      })
    })
  }

  /** Gives a pod up whose end nobody waits for. */
  #letGo({ world }: Pick<Running, "world">, { metadata }: Stored<PodObject>): void {
    const { uid, name, namespace = "default" } = metadata
    const patch = { metadata: { uid, ...released({ metadata }) } }
    if (patch.metadata.finalizers === undefined) return
    const { cluster } = this.#options
    cluster.patch(pods, { namespace, name }, { type: "merge", patch }).catch((error: unknown) => {
      if (!isClusterError(error, "NotFound")) world.logger.warn("a pod is not let go", { error })
    })
  }

  /** A pod that is being deleted and has ended, and that no task is following: none may come any more. */
  #orphan(pod: Stored<PodObject>, world: ExecutorWorld): void {
    const { phase } = pod.status ?? {}
    if (!isLeaving(pod) || (phase !== "Succeeded" && phase !== "Failed")) return
    const { namespace = "default", name, uid } = pod.metadata
    const at = epochMs(world.clock.now() + orphanMs)
    world.clock.wakeAt(at, `${uid}/orphan`, () => {
      if (!this.#byPod.has(`${namespace}/${name}`)) this.#letGo({ world }, pod)
    })
  }

  /** Deletes the pod: its end, or its absence, is the task's. */
  async #remove({ task, world }: Running): Promise<void> {
    const key = { namespace: task.namespace, name: task.podName }
    for (let waitMs = retryFirstMs; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
      try {
        await this.#options.cluster.delete(pods, key)
        return
      } catch (error) {
        world.logger.warn("a pod is not ended", { pod: formatKey(key), error })
        if (isClusterError(error, "NotFound")) return
        await sleep(world.clock, waitMs, `${task.key}/remove`)
      }
    }
  }
}

function podKey({ namespace, podName }: Task): string {
  return `${namespace}/${podName}`
}

function isOf(object: KubernetesObject | undefined, { workflowUid, nodeId }: Task): boolean {
  const { ownerReferences = [], annotations } = object?.metadata ?? {}
  return (
    ownerReferences.some(({ uid }) => uid === workflowUid) &&
    annotations?.[podLabels.nodeId] === nodeId
  )
}

/** True for a pod that is being deleted and that its end keeps here. */
function isLeaving({ metadata }: Pick<PodObject, "metadata">): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    metadata.finalizers?.includes(podStatusFinalizer) === true
  )
}

/** The finalizers of a pod without ours; nothing where it has not got it. */
function released({ metadata }: Pick<PodObject, "metadata">): {
  readonly finalizers?: readonly string[]
} {
  const { finalizers = [] } = metadata
  if (!finalizers.includes(podStatusFinalizer)) return {}
  return { finalizers: finalizers.filter((each) => each !== podStatusFinalizer) }
}

async function makeOnce(cluster: Cluster, config: ConfigMap): Promise<void> {
  try {
    await cluster.create(configMaps, config)
  } catch (error) {
    if (!isClusterError(error, "AlreadyExists")) throw error
  }
}

function refused(message: string): OperationError {
  return new OperationError(message, { code: "InvalidPod", retryable: false })
}

/** A namesake that has just gone is no reason to give up, either. */
function isPassing(error: unknown): boolean {
  return isClusterError(error, "AlreadyExists") || isForNow(error)
}
