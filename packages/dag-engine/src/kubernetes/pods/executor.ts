import { type Cluster, createInformer, type Informer, isClusterError } from "@argo-ts/k8s"
import {
  epochMs,
  formatIssue,
  formatKey,
  isOperationError,
  type JsonObject,
  type KubernetesObject,
  type Stored,
} from "@argo-ts/kernel"
import { sleep } from "@argo-ts/kernel/clock"
import { workflowTaskResults } from "../../api/kinds.js"
import type { WorkflowTaskResult } from "../../api/task-result.js"
import type { Outcome } from "../../core/actions.js"
import { mainContainers } from "../../executors/containers.js"
import type {
  ClaimRequest,
  Executor,
  ExecutorWorld,
  ReleaseRequest,
  Task,
} from "../../executors/executor.js"
import { ownerOf, type PodObject, podLabels, pods, volumeClaims } from "./kinds.js"
import { deletionDelay, isSelected } from "./pod-gc.js"
import { type PodReading, readPod } from "./reading.js"
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
  isPatient: boolean
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
        isPatient: true,
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

  close(): void {
    this.#following?.pods.stop()
    this.#following?.results.stop()
  }

  async #begin(running: Running): Promise<void> {
    const { task, world } = running
    const following = this.#follow(world)
    await Promise.all([following.pods.synced, following.results.synced])
    const shaped = podOf(task, this.#options, world.clock.now())
    if (!shaped.ok) {
      const message = shaped.issues.map(formatIssue).join("; ")
      return this.#end(running, { phase: "Error", message })
    }
    const known = following.pods.store.get({ namespace: task.namespace, name: task.podName })
    const pod =
      known !== undefined && isOf(known, task) ? known : await this.#create(running, shaped.value)
    if (typeof pod === "string") return this.#end(running, { phase: "Error", message: pod })
    following.pods.observe(pod)
    if (running.isStopped) await this.#remove(running)
    this.#look(running)
  }

  #follow({ clock, logger }: ExecutorWorld): Following {
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

  /** The pod that runs the task: made now, or found. A text says why there is none. */
  async #create(running: Running, pod: PodObject): Promise<Stored<PodObject> | string> {
    const { cluster } = this.#options
    const { task, world } = running
    for (let waitMs = retryFirstMs; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
      try {
        return await cluster.create(pods, pod)
      } catch (error) {
        if (isClusterError(error, "AlreadyExists")) {
          const found = await cluster.get(pods, { namespace: task.namespace, name: task.podName })
          if (found !== undefined && isOf(found, task)) return found
          if (found !== undefined)
            return `a pod named ${task.podName} is there, and is not the workflow's`
        } else if (!isOperationError(error) || !isPassing(error)) {
          return error instanceof Error ? error.message : String(error)
        }
        if (running.isStopped) return "stopped"
        const message = error instanceof Error ? error.message : String(error)
        world.waiting(task, message)
        await sleep(world.clock, waitMs, `${task.key}/create`)
      }
    }
  }

  /** Reads the pod as it is known now, and tells what is news. */
  #look(running: Running): void {
    const { task, world } = running
    const following = this.#following
    const key = { namespace: task.namespace, name: task.podName }
    const pod = following?.pods.store.get(key)
    if (following === undefined || pod === undefined || running.state === "ended") return
    const result = following.results.store.get({ namespace: task.namespace, name: task.nodeId })
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
      : { phase: "Error", message: "pod deleted" }
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
    const patch = { metadata: { labels } }
    cluster.patch(pods, key, { type: "merge", patch }).catch((error: unknown) => {
      if (!isClusterError(error, "NotFound")) world.logger.warn("a pod is not marked", { error })
    })
    const { podGC = {} } = task.spec
    const { strategy } = podGC
    const isDue =
      strategy === "OnPodCompletion" || (strategy === "OnPodSuccess" && phase === "Succeeded")
    const pod = this.#following?.pods.store.get(key)
    if (!isDue || pod === undefined || !isSelected(podGC, pod)) return
    const at = epochMs(world.clock.now() + deletionDelay(podGC))
    world.clock.wakeAt(at, `${task.key}/collect`, () => {
      cluster.delete(pods, key).catch((error: unknown) => {
        world.logger.warn("a pod is not deleted", { pod: formatKey(key), error })
      })
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

/** What may pass: the server is busy, or a quota is used up for now. */
function isPassing(error: Error & { readonly retryable: boolean }): boolean {
  return error.retryable || /exceeded quota/.test(error.message)
}

async function makeClaims(cluster: Cluster, request: ClaimRequest): Promise<void> {
  const { namespace, claims } = request
  for (const { claim, template } of claims) {
    const { metadata = {}, ...rest } = template as { readonly metadata?: JsonObject }
    const object = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      ...rest,
      metadata: { ...metadata, name: claim, namespace, ownerReferences: [ownerOf(request)] },
    }
    try {
      await cluster.create(volumeClaims, object)
    } catch (error) {
      if (!isClusterError(error, "AlreadyExists")) throw error
    }
  }
}

const claimProtection = "kubernetes.io/pvc-protection"

/** Deletes claims, and takes off what holds them for pods that have ended but are still there: nobody needs them any more. */
async function deleteClaims(
  cluster: Cluster,
  { namespace, claims }: ReleaseRequest,
): Promise<void> {
  for (const name of claims) {
    const key = { namespace, name }
    await cluster.delete(volumeClaims, key)
    const { finalizers = [] } = (await cluster.get(volumeClaims, key))?.metadata ?? {}
    if (!finalizers.includes(claimProtection)) continue
    const kept = finalizers.filter((each) => each !== claimProtection)
    try {
      const patch = { metadata: { finalizers: kept } }
      await cluster.patch(volumeClaims, key, { type: "merge", patch })
    } catch (error) {
      if (!isClusterError(error, "NotFound")) throw error
    }
  }
}
