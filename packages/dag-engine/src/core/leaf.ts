import type { EpochMs } from "@argo-ts/kernel"
import type { Template } from "../api/template.js"
import type { StartAction } from "./actions.js"
import { failContainers, makeContainers } from "./containers.js"
import { fault } from "./faults.js"
import { unset } from "./instants.js"
import { compileText, type Rendered } from "./languages.js"
import { withLocations } from "./locations.js"
import { finish } from "./mark.js"
import { mountFault } from "./mounts.js"
import { dirty, isLeafType, type NodeRecord } from "./node.js"
import { attemptsDeadline, readDuration } from "./retry.js"
import { podNameOf, propose, type Run, touch } from "./run.js"
import { isLenient, nodePlace, scopeOf } from "./scope.js"
import { awaitSupplies } from "./suspend.js"
import { isWaitingForLocks } from "./synchronization.js"

/** The message of a pod that Kubernetes ended at its deadline. */
export const deadlineMessage = "Pod was active on the node longer than the specified deadline"

/** The message of a step that had not started when the workflow's deadline came. */
export const workflowDeadlineMessage = "Step exceeded its deadline"

/** True where the workflow's deadline concerns a node and has come. */
export function isPastDeadline(run: Run, node: NodeRecord): boolean {
  return run.deadline !== unset && run.now >= run.deadline && !node.isExit
}

/** Proposes a new leaf's start, unless the run is ending. */
export function beginLeaf(run: Run, node: NodeRecord): void {
  makeContainers(run, node)
  if (node.template?.source.daemon === true) run.daemons.add(node)
  // While a stored run is read, what runs is told by `pending()`.
  if (node.isFresh || run.stored === undefined) {
    if (run.shutdown !== "" && !node.isExit) {
      return fail(run, node, `workflow shutdown with strategy: ${run.shutdown}`)
    }
    if (isPastDeadline(run, node)) return fail(run, node, workflowDeadlineMessage)
    const action = startAction(run, node)
    if (!action.ok) return fault(run, node, action.message)
    const unmounted = mountFault(run, action.value.template)
    if (unmounted !== undefined) {
      failContainers(run, node, unmounted)
      return fault(run, node, unmounted)
    }
    propose(run, action.value)
    if (action.value.deadline !== undefined) run.timers.add(action.value.deadline, "deadline", node)
  } else {
    const deadline = deadlineOf(run, node)
    if (deadline !== undefined) run.timers.add(deadline, "deadline", node)
  }
  if (node.template?.source.pendingTimeout !== undefined) armPending(run, node)
}

/** Ends a leaf that is Pending for longer than it may: before it has its locks, `timeout` counts too. */
export function armPending(run: Run, node: NodeRecord): void {
  const until = pendingUntil(run, node)
  if (until !== undefined) run.timers.add(until, "pending", node)
}

function pendingUntil(run: Run, node: NodeRecord): number | undefined {
  const source = node.template?.source
  if (source === undefined || node.phase !== "Pending" || !isLeafType(node.type)) return undefined
  const pending = seconds(run, node, source.pendingTimeout)
  const whole = isWaitingForLocks(run, node) ? seconds(run, node, source.timeout) : undefined
  const limit = Math.min(pending ?? Number.POSITIVE_INFINITY, whole ?? Number.POSITIVE_INFINITY)
  return Number.isFinite(limit) ? node.startedAt + limit : undefined
}

/** A leaf has been Pending for as long as it may. */
export function expirePending(run: Run, node: NodeRecord): void {
  // It may have got its locks since the timer was set: then it began later.
  const until = pendingUntil(run, node)
  if (until === undefined || run.now < until || !node.isSynced) return
  if (isWaitingForLocks(run, node)) finish(run, node, "Failed", "timeout")
  else failLeaf(run, node, "timeout")
}

/** Ends a leaf that nobody has been asked to run. */
function fail(run: Run, node: NodeRecord, message: string): void {
  failContainers(run, node, message)
  finish(run, node, "Failed", message)
}

/** The action that runs a leaf; rendered anew whenever it is asked for. */
export function startAction(run: Run, node: NodeRecord): Rendered<StartAction> {
  const { template } = node
  if (template === undefined) return { ok: false, message: "the node's template is not known" }
  let body: Template = template.source
  if (template.body !== undefined) {
    const rendered = template.body.render(scopeOf(run, nodePlace(node)), isLenient)
    if (!rendered.ok) return rendered
    body = rendered.value as unknown as Template
  }
  const placed = withLocations(run, node, body)
  if (!placed.ok) return placed
  return {
    ok: true,
    value: {
      type: "Start",
      key: node.id,
      node: node.id,
      nodeName: node.name,
      podName: podNameOf(run, node),
      templateName: template.name,
      template: placed.value.template,
      inputs: placed.value.inputs,
      startedAt: node.startedAt as EpochMs,
      deadline: deadlineOf(run, node),
      isResumed: node.phase === "Running",
    },
  }
}

/** The instant at which a leaf is ended: its own limits and its attempts'. */
export function deadlineOf(run: Run, node: NodeRecord): EpochMs | undefined {
  const source = node.template?.source
  if (source === undefined) return undefined
  const active = seconds(run, node, source.activeDeadlineSeconds)
  const whole = seconds(run, node, source.timeout)
  const owner = node.owner?.kind === "attempts" ? node.owner : undefined
  const ofAttempts =
    owner?.template.retry?.backoff === undefined
      ? undefined
      : attemptsDeadline(owner, scopeOf(run, nodePlace(owner.node)))
  if (active === undefined && whole === undefined && ofAttempts === undefined) return undefined
  const since = node.startedAt
  return Math.min(
    since + (active ?? Number.POSITIVE_INFINITY),
    node.startedAt + (whole ?? Number.POSITIVE_INFINITY),
    ofAttempts ?? Number.POSITIVE_INFINITY,
  ) as EpochMs
}

function seconds(
  run: Run,
  node: NodeRecord,
  value: string | number | undefined,
): number | undefined {
  if (value === undefined || value === "") return undefined
  const rendered = compileText(String(value)).render(scopeOf(run, nodePlace(node)), isLenient)
  return rendered.ok ? readDuration(rendered.value) : undefined
}

/** A leaf's own deadline came. */
export function expireLeaf(run: Run, node: NodeRecord): void {
  const hasTimeout = node.template?.source.timeout !== undefined
  const message = node.phase === "Pending" && hasTimeout ? "timeout" : deadlineMessage
  failLeaf(run, node, message)
}

/** Ends a leaf before its time: its phase is decided, its end is awaited. */
export function failLeaf(run: Run, node: NodeRecord, message: string): void {
  node.phase = "Failed"
  node.message = message
  node.isSynced = false
  if (node.extras !== undefined) node.extras.isDaemoned = false
  touch(run, node, dirty.phase)
  failContainers(run, node, message)
  propose(run, { type: "Stop", key: `${node.id}/stop`, node: node.id, reason: message })
}

/** A suspended node waits for its duration, or for somebody. */
export function beginSuspend(run: Run, node: NodeRecord): void {
  if (node.isFresh && run.shutdown !== "" && !node.isExit) {
    return finish(run, node, "Failed", `Stopped with strategy '${run.shutdown}'`)
  }
  if (node.isFresh && isPastDeadline(run, node)) {
    return finish(run, node, "Failed", workflowDeadlineMessage)
  }
  awaitSupplies(run, node)
  const duration = node.template?.source.suspend?.duration
  if (duration === undefined || duration === "") return
  const ms = seconds(run, node, duration)
  if (ms === undefined) {
    return fault(run, node, `suspend.duration is no duration: ${String(duration)}`)
  }
  run.timers.add(node.startedAt + ms, "resume", node)
}
