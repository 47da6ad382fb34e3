import { type EpochMs, earliest, epochMs, formatInstant } from "@argo-ts/kernel"
import type { AnnotationChanges, RolloutAction } from "./actions.js"
import { keepsAbortedCanary, wantedReplicas } from "./canary-replicas.js"
import type { Draft } from "./draft.js"
import { desiredReplicasAnnotation, scaleDownDeadlineAnnotation } from "./labels.js"
import { hasTrafficRouting, type RolloutView, type SetView, selectedHash } from "./view.js"

const delayDefaultSeconds = 30

/** Scalings to propose, and when a deadline among them passes. */
export interface Scaling {
  readonly actions: readonly RolloutAction[]
  readonly wakeAt?: EpochMs | undefined
}

const none: Scaling = { actions: [] }

/** Proposes a size for a set; nothing where it has it and its annotations are right. */
export function scaleTo(
  view: RolloutView,
  set: SetView,
  replicas: number,
  deadline: EpochMs | undefined = undefined,
): readonly RolloutAction[] {
  const annotations: { [key: string]: string | null } = {}
  if (set.desired !== view.replicas) annotations[desiredReplicasAnnotation] = String(view.replicas)
  if (deadline !== set.deadline) {
    annotations[scaleDownDeadlineAnnotation] =
      deadline === undefined ? null : formatInstant(deadline)
  }
  if (set.spec === replicas) {
    // A set at zero that nobody asks for keeps its annotations: history is not touched.
    if (Object.keys(annotations).length === 0 || (replicas === 0 && deadline === set.deadline))
      return []
    return [annotate(set, annotations)]
  }
  const key = `${view.name}/replicasets/${set.name}/replicas/${replicas}`
  return [{ type: "ScaleReplicaSet", key, name: set.name, from: set.spec, replicas, annotations }]
}

function annotate(set: SetView, annotations: AnnotationChanges): RolloutAction {
  const text = Object.entries(annotations)
    .map(([name, value]) => `${name}=${value ?? ""}`)
    .join(",")
  return {
    type: "AnnotateReplicaSet",
    key: `${set.name}/annotations/${text}`,
    name: set.name,
    annotations,
  }
}

function deadlineAfter(now: EpochMs, seconds: number): EpochMs {
  // Deadlines are stored in whole seconds; the same instant has to come back from the annotation.
  return epochMs(Math.floor(now / 1000) * 1000 + seconds * 1000)
}

/** Keeps the new set of an aborted update until stable is whole again, then for its delay (spec/rollouts §2.5.7). */
export function delayAborted(
  view: RolloutView,
  set: SetView,
  delaySeconds: number | undefined,
): Scaling {
  const seconds = delaySeconds ?? delayDefaultSeconds
  if (set.spec === 0) return none
  if (seconds === 0) return { actions: scaleTo(view, set, set.spec, undefined) }
  if (set.deadline !== undefined) {
    if (set.deadline <= view.now) return { actions: scaleTo(view, set, 0, undefined) }
    return { actions: scaleTo(view, set, set.spec, set.deadline), wakeAt: set.deadline }
  }
  if ((view.stableSet?.available ?? 0) < view.replicas)
    return { actions: scaleTo(view, set, set.spec) }
  const deadline = deadlineAfter(view.now, seconds)
  return { actions: scaleTo(view, set, set.spec, deadline), wakeAt: deadline }
}

/** What bounds the delay before old sets go. */
export interface DelayRule {
  readonly seconds: number | undefined
  readonly revisionLimit: number | undefined
  /** The size a set keeps meanwhile; absent: what it has. */
  readonly size?: number
}

/** Gives old sets their delay, newest first, and takes down those whose time is over (spec/rollouts §2.5.6). */
export function delayOld(view: RolloutView, sets: readonly SetView[], rule: DelayRule): Scaling {
  const { seconds = delayDefaultSeconds, revisionLimit = Number.POSITIVE_INFINITY } = rule
  const actions: RolloutAction[] = []
  let kept = 0
  let wakeAt: EpochMs | undefined
  for (const set of sets) {
    if (set.spec === 0) continue
    const hasRoom = kept < revisionLimit
    const deadline =
      set.deadline ?? (hasRoom && seconds > 0 ? deadlineAfter(view.now, seconds) : undefined)
    if (deadline === undefined || !hasRoom || deadline <= view.now) {
      actions.push(...scaleTo(view, set, 0, undefined))
      continue
    }
    kept++
    wakeAt = earliest(wakeAt, deadline)
    actions.push(
      ...scaleTo(
        view,
        set,
        rule.size === undefined ? set.spec : Math.max(set.spec, rule.size),
        deadline,
      ),
    )
  }
  return { actions, wakeAt }
}

/** Hashes that something still points at (spec/rollouts §2.3). */
export function referencedHashes(view: RolloutView, draft: Draft): ReadonlySet<string> {
  const found = new Set<string>([view.podHash])
  const add = (hash: string | undefined): void => {
    if (hash !== undefined) found.add(hash)
  }
  add(draft.stableRS)
  add(draft.blueGreen?.activeSelector)
  add(draft.blueGreen?.previewSelector)
  add(draft.canary?.weights?.canary.podTemplateHash)
  add(draft.canary?.weights?.stable.podTemplateHash)
  for (const service of view.observed.services) add(selectedHash(service))
  return found
}

function isFullyPromoted(view: RolloutView, draft: Draft): boolean {
  return draft.stableRS === view.podHash
}

/** Old sets of a canary: unready pods first, then within the budget of unavailable pods (spec/rollouts §2.5.6). */
function scaleOthers(view: RolloutView, draft: Draft): Scaling {
  const { others } = view
  const routed = hasTrafficRouting(view)
  const unready = others.filter((set) => set.spec > set.available && set.deadline === undefined)
  if (unready.length > 0) {
    return { actions: unready.flatMap((set) => scaleTo(view, set, set.available)) }
  }
  const available = view.all.reduce((sum, set) => sum + set.available, 0)
  let budget = available - (view.replicas - view.bounds.unavailable)
  if (!routed) {
    const actions: RolloutAction[] = []
    for (const set of others) {
      if (set.spec === 0 || budget <= 0) continue
      const cut = Math.min(set.spec, budget)
      budget -= cut
      actions.push(...scaleTo(view, set, set.spec - cut))
    }
    return { actions }
  }
  if (budget <= 0) return earliestDeadline(others)
  const referenced = referencedHashes(view, draft)
  const free = others.filter((set) => !referenced.has(set.hash) && set.spec > 0)
  const mayDelay = free.filter((set) => isFullyPromoted(view, draft) || set.deadline !== undefined)
  const abandoned = free.filter((set) => !mayDelay.includes(set))
  const cut = abandoned.flatMap((set) => scaleTo(view, set, 0, undefined))
  if (view.canary?.dynamicStableScale === true) {
    return { actions: [...cut, ...mayDelay.flatMap((set) => scaleTo(view, set, 0, undefined))] }
  }
  const delayed = delayOld(view, mayDelay, {
    seconds: view.canary?.scaleDownDelaySeconds,
    revisionLimit: view.canary?.scaleDownDelayRevisionLimit,
  })
  return { actions: [...cut, ...delayed.actions], wakeAt: delayed.wakeAt }
}

function earliestDeadline(sets: readonly SetView[]): Scaling {
  return { actions: [], wakeAt: earliest(...sets.map((set) => set.deadline)) }
}

function scaleNew(view: RolloutView, draft: Draft, set: SetView, wanted: number): Scaling {
  const delay = view.canary?.abortScaleDownDelaySeconds
  const isDynamic = view.canary?.dynamicStableScale === true
  const usesDelay = hasTrafficRouting(view) && (!isDynamic || delay !== undefined)
  if (draft.abort === true && set !== view.stableSet && usesDelay) {
    return keepsAbortedCanary(view) ? none : delayAborted(view, set, delay)
  }
  return { actions: scaleTo(view, set, wanted, undefined) }
}

/** One round of scaling a canary: stable, then new, then the others; ends with the first that changes. */
export function scaleCanary(view: RolloutView, draft: Draft): Scaling {
  const { newSet, stableSet } = view
  const wanted = wantedReplicas(view, draft)
  if (stableSet !== undefined && stableSet !== newSet) {
    const actions = scaleTo(view, stableSet, wanted.stable, undefined)
    if (actions.length > 0) return { actions }
  }
  const scaledNew = newSet === undefined ? none : scaleNew(view, draft, newSet, wanted.canary)
  if (scaledNew.actions.length > 0) return scaledNew
  const others = scaleOthers(view, draft)
  return { actions: others.actions, wakeAt: earliest(scaledNew.wakeAt, others.wakeAt) }
}
