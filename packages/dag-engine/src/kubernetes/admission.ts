import type { Cluster } from "@argo-ts/k8s"
import {
  defineKind,
  formatKey,
  type Kind,
  type KubernetesObject,
  keyOf,
  type Stored,
} from "@argo-ts/kernel"
import { workflows } from "../api/kinds.js"
import type { Workflow } from "../api/workflow.js"
import type { LockAnswer, LockRequest } from "../core/locks.js"
import { createdAt } from "../core/synchronization.js"
import type { Locks } from "../runtime/locks.js"
import { isOver } from "./lock-service.js"

/*
 * How many workflows run at once (spec/workflows §1.16, §2.14). The controller's limit and a namespace's are locks like
 * others, in the same table; a workflow takes its namespace's first, so that a full namespace holds up no other.
 */

/** How many workflows run at once. */
export interface WorkflowParallelism {
  /** In all. 0: without limit, which is the default. Upstream's `parallelism`. */
  readonly parallelism?: number
  /**
   * In one namespace whose label `workflows.argoproj.io/parallelism-limit` says nothing else. 0: without limit, which is
   * the default. Upstream's `namespaceParallelism`.
   */
  readonly namespaceParallelism?: number
}

/** A Namespace, as far as its limit is concerned. */
export const namespaces: Kind<KubernetesObject> = defineKind<KubernetesObject>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
  hasStatus: true,
  shortNames: ["ns"],
})

/** What upstream says of a workflow that waits for its turn. */
export const postponedMessage =
  "Workflow processing has been postponed because too many workflows are already running"

/** May it run? `Asked`: nobody has answered yet. */
export type AdmissionState = "Asked" | "Postponed" | "Admitted"

/** Lets workflows run, so many at once. */
export interface Admission {
  /** Asks for a workflow's turn, once; `wake` is called whenever the answer has changed. */
  ask(workflow: Stored<Workflow>, locks: Locks, wake: () => void): AdmissionState
  /** Counts the workflows that run already, before anybody else is let in. Does so once. */
  fill(cluster: Cluster, locks: Locks): Promise<void>
  /** A workflow is over or gone. */
  release(id: string): void
  /** Takes note of a Namespace. */
  see(namespace: KubernetesObject): void
  /** From now on; whoever runs goes on. */
  limit(parallelism: WorkflowParallelism): void
  /** How many may hold one of these locks; `undefined` for any other lock. */
  limitOf(lock: string): number | undefined
}

interface Turn {
  readonly uid: string
  readonly locks: Locks
  wake: () => void
  state: AdmissionState
}

const kindOfLock = "Parallelism"
const controllerLock = `/${kindOfLock}/workflows`
const namespaceLimitLabel = "workflows.argoproj.io/parallelism-limit"

function namespaceLock(namespace: string): string {
  return `${namespace}/${kindOfLock}/workflows`
}

/** The limits, and whoever serves the locks kept informed of them. */
interface Limits {
  of(lock: string): number | undefined
  /** Says how much room a lock has, where that has changed. */
  tell(locks: Locks, lock: string): void
  see(namespace: KubernetesObject): void
  change(parallelism: WorkflowParallelism): void
}

function createLimits(given: WorkflowParallelism): Limits {
  let limits = given
  const labelled = new Map<string, number>()
  const told = new Map<string, { readonly locks: Locks; readonly limit: number }>()
  const limitOf = (lock: string): number | undefined => {
    const [namespace = "", kind] = lock.split("/")
    if (kind !== kindOfLock) return undefined
    const { parallelism = 0, namespaceParallelism = 0 } = limits
    const limit = namespace === "" ? parallelism : (labelled.get(namespace) ?? namespaceParallelism)
    return limit > 0 ? limit : Number.MAX_SAFE_INTEGER
  }
  const tell = (locks: Locks, lock: string): void => {
    const limit = limitOf(lock) as number
    if (told.get(lock)?.limit === limit) return
    told.set(lock, { locks, limit })
    locks.resize(lock, limit)
  }
  const refresh = (): void => {
    for (const [lock, { locks }] of told) tell(locks, lock)
  }
  return {
    of: limitOf,
    tell,
    see({ metadata: { name = "", labels = {} } }) {
      const text = labels[namespaceLimitLabel]
      if (text !== undefined && /^\d+$/.test(text)) labelled.set(name, Number(text))
      else if (!labelled.delete(name)) return
      refresh()
    },
    change(parallelism) {
      limits = parallelism
      refresh()
    },
  }
}

/** No workflow has asked yet. */
export function createAdmission(given: WorkflowParallelism): Admission {
  const limits = createLimits(given)
  const isLimited = given.parallelism !== undefined || given.namespaceParallelism !== undefined
  const turns = new Map<string, Turn>()
  let counting: Promise<void> | undefined
  const take = (turn: Turn, asked: readonly LockRequest[]): void => {
    const [request, ...rest] = asked
    if (request === undefined) return settle(turn, "Admitted")
    for (const lock of request.locks) limits.tell(turn.locks, lock)
    turn.locks.acquire(request, (answer: LockAnswer) => {
      if (turns.get(request.workflow) !== turn) return
      if (answer.type === "Acquired") take(turn, rest)
      else settle(turn, "Postponed")
    })
  }
  const ask = (workflow: Stored<Workflow>, locks: Locks, wake: () => void): AdmissionState => {
    const id = formatKey(keyOf(workflow))
    const { uid } = workflow.metadata
    const known = turns.get(id)
    if (known?.uid === uid) {
      // Whoever counted the workflows that run may have asked before its owner did.
      known.wake = wake
      return known.state
    }
    const turn: Turn = { uid, locks, wake, state: "Asked" }
    turns.set(id, turn)
    take(turn, requestsOf(workflow))
    return turn.state
  }
  const count = async (cluster: Cluster, locks: Locks): Promise<void> => {
    const { items } = await cluster.list(workflows)
    for (const each of items) {
      if (!isOver(each) && each.status?.phase === "Running") ask(each, locks, () => undefined)
    }
  }
  return {
    limitOf: limits.of,
    see: limits.see,
    limit: limits.change,
    ask: (workflow, locks, wake) =>
      isLimited && workflow.spec.shutdown !== "Terminate" ? ask(workflow, locks, wake) : "Admitted",
    fill(cluster, locks) {
      counting ??= isLimited ? count(cluster, locks) : Promise.resolve()
      return counting
    },
    release(id) {
      const turn = turns.get(id)
      if (!turns.delete(id)) return
      for (const holder of turnHolders(id)) turn?.locks.release(holder)
    },
  }
}

function settle(turn: Turn, state: AdmissionState): void {
  const hasChanged = turn.state !== state
  turn.state = state
  if (hasChanged) turn.wake()
}

/** By what a workflow holds its turns: its namespace's, then the controller's. */
export function turnHolders(id: string): readonly [string, string] {
  return [`${id}//namespace`, `${id}//controller`]
}

function requestsOf(workflow: Workflow): readonly LockRequest[] {
  const key = keyOf(workflow)
  const id = formatKey(key)
  const [inNamespace, inAll] = turnHolders(id)
  const ask = (holder: string, lock: string): LockRequest => ({
    holder,
    workflow: id,
    locks: [lock],
    priority: workflow.spec.priority ?? 0,
    createdAt: createdAt(workflow),
    ...(workflow.status?.phase === "Running" ? { isHeld: true } : {}),
  })
  return [ask(inNamespace, namespaceLock(key.namespace ?? "default")), ask(inAll, controllerLock)]
}
