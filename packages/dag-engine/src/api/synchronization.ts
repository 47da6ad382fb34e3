import type { ConfigMapKeyRef } from "./parameter.js"

/** A lock that one holder has at a time. */
export interface Mutex {
  readonly name: string
  /** Default: the workflow's. */
  readonly namespace?: string
  /** True: the name is one of the database's, shared by all namespaces' controllers. Default false. */
  readonly database?: boolean
}

/** A row of the database that says how many may hold a semaphore. */
export interface DatabaseKey {
  readonly key: string
}

/** A lock that several have at a time: how many stands in a ConfigMap or in the database. Exactly one of the two. */
export interface Semaphore {
  readonly configMapKeyRef?: ConfigMapKeyRef
  readonly database?: DatabaseKey
  /** Default: the workflow's. */
  readonly namespace?: string
}

/** `synchronization` of a workflow or template: all of these locks are held while it runs. */
export interface Synchronization {
  readonly mutexes?: readonly Mutex[]
  readonly semaphores?: readonly Semaphore[]
  /** @unsupported the form before Argo Workflows 4; write `mutexes`, a list */
  readonly mutex?: unknown
  /** @unsupported the form before Argo Workflows 4; write `semaphores`, a list */
  readonly semaphore?: unknown
}

/**
 * Who holds a mutex: `namespace/workflow` or `namespace/workflow/node`. Under `holding` somebody of this workflow; under
 * `waiting` whoever has what is waited for.
 */
export interface MutexHolding {
  readonly mutex: string
  readonly holder: string
}

/** Who holds a semaphore, in the same way. */
export interface SemaphoreHolding {
  readonly semaphore: string
  readonly holders: readonly string[]
}

/** `status.synchronization.mutex`. */
export interface MutexStatus {
  readonly holding?: readonly MutexHolding[]
  readonly waiting?: readonly MutexHolding[]
}

/** `status.synchronization.semaphore`. */
export interface SemaphoreStatus {
  readonly holding?: readonly SemaphoreHolding[]
  readonly waiting?: readonly SemaphoreHolding[]
}

/** `status.synchronization`: the locks of a workflow and of its nodes. */
export interface SynchronizationStatus {
  readonly mutex?: MutexStatus
  readonly semaphore?: SemaphoreStatus
}

/** `synchronizationStatus` of a node. */
export interface NodeSynchronizationStatus {
  /** The lock it waits for. */
  readonly waiting?: string
}
