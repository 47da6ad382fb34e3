import type { StoredObject } from "../../store/stored-object.js"
import type { ContainerStatus, Pod, PodStatus } from "../workloads.js"
import { decidePod, type PodDecision, type PodView } from "./pod-decision.js"

type Report = Extract<PodDecision, { readonly type: "Report" }>

/** A decision, and the stored status of another pod of which it has all but the address. */
export interface PodVerdict {
  readonly decision: PodDecision
  readonly kin: PodStatus | undefined
}

/**
 * Decides about pods as about the one before, where everything that counts is the same: pods of one template become
 * the same at the same instant, but for their addresses.
 */
export interface Precedents {
  decide(pod: StoredObject & Pod, view: PodView): PodVerdict
  /** Notes what a decision led to. */
  note(pod: StoredObject & Pod, view: PodView, made: Made): void
}

/** A decision with the status as it was stored. */
interface Made {
  readonly decision: Report
  readonly stored: PodStatus
}

interface Precedent extends Made {
  readonly view: PodView
  readonly spec: Pod["spec"]
  readonly before: PodStatus | undefined
}

/** True for a status that says nothing of who the pod is: only containers that have ended are told of by its name. */
function isImpersonal({ initContainerStatuses = [], containerStatuses = [] }: PodStatus): boolean {
  const isFresh = ({ state, lastState }: ContainerStatus): boolean =>
    state.terminated === undefined && lastState.terminated === undefined
  return initContainerStatuses.every(isFresh) && containerStatuses.every(isFresh)
}

/** True for a pod of whom a decision may be one about others: it plays its script, and stays. */
function isOrdinary(pod: Pod, { plan, processes }: PodView): boolean {
  const isStaying = pod.metadata.deletionTimestamp === undefined
  return isStaying && processes === undefined && plan.ephemeral.length === 0
}

function holds({ view, spec, before }: Precedent, pod: Pod, now: PodView): boolean {
  const isSame = before === pod.status && spec === pod.spec && view.plan === now.plan
  return isSame && view.now === now.now && view.hostIP === now.hostIP && isOrdinary(pod, now)
}

function withAddress(status: PodStatus, podIP: string): PodStatus {
  return status.podIP === undefined ? status : { ...status, podIP, podIPs: [{ ip: podIP }] }
}

/** No precedents yet. The latest is remembered: pods of one template come one after the other. */
export function createPrecedents(): Precedents {
  let latest: Precedent | undefined
  return {
    decide(pod, view) {
      if (latest === undefined || !holds(latest, pod, view)) {
        return { decision: decidePod(pod, view), kin: undefined }
      }
      const status = withAddress(latest.stored, view.podIP)
      return { decision: { ...latest.decision, status }, kin: latest.stored }
    },
    note(pod, view, made) {
      if (!isOrdinary(pod, view) || !isImpersonal(made.stored)) return
      latest = { ...made, view, spec: pod.spec, before: pod.status }
    },
  }
}
