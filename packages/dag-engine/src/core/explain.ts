import { compareText } from "@argo-ts/kernel"
import { isPlainlyDone, phaseOf } from "./bodies.js"
import { claimActions } from "./claims.js"
import { isCollecting } from "./collection.js"
import type { CompiledUnit } from "./compile-types.js"
import type { Attempts, Frame } from "./frame.js"
import { unset } from "./instants.js"
import { isSaving } from "./memo.js"
import { isDaemoned, isFulfilled, isLeafType, type NodeRecord } from "./node.js"
import { humanise } from "./retry.js"
import type { Run } from "./run.js"
import { isWaitingForLocks, wholeWorkflow } from "./synchronization.js"

/** One sentence for each thing a run waits for, in the order of the nodes' names. */
export function explainRun(run: Run, now: number): readonly string[] {
  if (run.isDone) {
    const end = `${run.name} ${verb(run.phase ?? "")}${because(run.message)}`
    return isCollecting(run) ? [end, explainCollection(run)] : [end]
  }
  const sentences: string[] = []
  const claims = run.startedAt === unset ? [] : claimActions(run).flatMap((each) => each.claims)
  if (claims.length > 0) {
    const names = claims.map(({ claim }) => claim).join(", ")
    sentences.push(`${run.name} is waiting for its volume claims: ${names}`)
  }
  if (run.holds.get(wholeWorkflow)?.isHeld === false) {
    sentences.push(`${run.name} is waiting for ${lockOf(run, wholeWorkflow)}`)
  }
  if (run.isSuspended)
    sentences.push(`${run.name} is suspended: nothing new starts until it is resumed`)
  const open = [...run.byId.values()].filter((node) => !isFulfilled(node) || isDaemoned(node))
  for (const node of open.toSorted((left, right) => compareText(left.name, right.name))) {
    const sentence = explainOpen(run, node, now)
    if (sentence !== undefined) sentences.push(sentence)
    if (node.body?.kind === "frame") sentences.push(...explainWaiting(run, node.body, now))
  }
  return sentences
}

/** What is deleted now that the run is over. */
function explainCollection({ name, collection }: Run): string {
  const { due, claims } = collection
  const parts: string[] = []
  if (claims.length > 0) parts.push(`its volume claims ${claims.join(", ")}`)
  if (due.length > 0) parts.push(`${due.length} of its artifacts`)
  return `${name} is waiting for the deletion of ${parts.join(" and ")}`
}

/** Why a node is where it is. */
export function explainNode(run: Run, id: string, now: number): string {
  const node = run.byId.get(id)
  if (node === undefined) return `no node has the id ${id}`
  if (node.phase === "Omitted") return explainOmitted(run, node)
  if (isDaemoned(node)) return `${node.displayName} is a daemon, and ready`
  if (isFulfilled(node)) return `${node.displayName} ${verb(node.phase)}${because(node.message)}`
  const sentence = explainOpen(run, node, now)
  if (sentence !== undefined) return sentence
  const inner = node.body?.kind === "frame" ? explainWaiting(run, node.body, now) : []
  const running = [...run.byId.values()]
    .filter((child) => child.boundaryId === node.id && !isFulfilled(child))
    .map((child) => child.displayName)
  const list = running.length === 0 ? "" : `: waiting for ${running.join(", ")}`
  return [`${node.displayName} is running${list}`, ...inner].join("; ")
}

/** The condition that did not hold, and how those it names ended. */
function explainOmitted(run: Run, node: NodeRecord): string {
  const body = run.byId.get(node.boundaryId)?.body
  const frame = body?.kind === "frame" ? body : undefined
  const unit = frame?.template.units.find(({ name }) => name === node.displayName)
  if (frame === undefined || unit === undefined) {
    return `${node.displayName} ${verb(node.phase)}${because(node.message)}`
  }
  const ends = unit.dependencies.map((index) => {
    const other = frame.template.units[index] as CompiledUnit
    return `${other.name} is ${phaseOf(frame.units[index])}`
  })
  const condition =
    unit.depends?.source ??
    unit.dependencies.map((index) => frame.template.units[index]?.name).join(" && ")
  return `${node.displayName} was omitted: ${condition} does not hold: ${ends.join(", ")}`
}

function verb(phase: string): string {
  if (phase === "Skipped") return "was skipped"
  if (phase === "Omitted") return "was omitted"
  return phase === "Error" ? "ended in error" : phase.toLowerCase()
}

function because(message: string): string {
  return message === "" ? "" : `: ${message}`
}

function explainOpen(run: Run, node: NodeRecord, now: number): string | undefined {
  const name = node.displayName
  if (run.granted.has(node)) return `${name} has its locks, and is held back by ${limitOf(run)}`
  if (isWaitingForLocks(run, node)) return `${name} is waiting for ${lockOf(run, node.id)}`
  if (isSaving(node)) {
    return `${name} succeeded, and waits until the cache ${node.extras?.memo?.cacheName} has it`
  }
  if (isDaemoned(node)) return run.isEnding ? explainPod(node) : undefined
  if (isLeafType(node.type)) return explainPod(node)
  if (node.type === "Suspend") {
    const wait = run.timers.of(node, "resume")
    return wait === undefined
      ? `${name} is suspended until somebody resumes it`
      : `${name} is suspended for another ${humanise(Math.max(0, wait - now))}`
  }
  if (node.body?.kind === "attempts") return explainAttempts(node.body, now)
  return undefined
}

/** `the lock default/Mutex/m (2 in line)`. */
function lockOf(run: Run, id: string): string {
  const hold = run.holds.get(id)
  if (hold === undefined || hold.waitingFor === "") return "its locks"
  const place = hold.position === undefined ? "" : ` (place ${hold.position} in line)`
  return `the lock ${hold.waitingFor}${place}`
}

function explainPod(node: NodeRecord): string {
  const name = node.displayName
  if (!node.isSynced) {
    const why = node.message === "" ? "" : ` (${node.message})`
    return `${name} was told to end${why}; waiting for its end`
  }
  return node.phase === "Pending" ? `${name} is waiting to be started` : `${name} is running`
}

function explainAttempts(attempts: Attempts, now: number): string | undefined {
  if (attempts.nextAt === unset) return undefined
  const limit = attempts.template.retry?.limit?.source
  const of = limit === undefined ? "" : ` of ${limit}`
  const wait = humanise(Math.max(0, attempts.nextAt - now))
  return `waiting for ${attempts.node.displayName}: retry ${attempts.list.length}${of} in ${wait}`
}

function explainWaiting(run: Run, frame: Frame, now: number): readonly string[] {
  // In a body that is halted nothing waits any more.
  if (frame.halted !== "") return []
  const sentences: string[] = []
  for (const unit of frame.template.units) {
    if (frame.units[unit.index] !== undefined) continue
    const held = heldBy(run, frame, unit)
    const off = run.putOff.find(({ call }) => call.frame === frame && call.unit === unit)
    if (held !== undefined) sentences.push(`${unit.name} is held back by ${held}`)
    else if (off !== undefined) sentences.push(`${unit.name} is put off: ${off.message}`)
    else if (frame.unmet !== undefined && (frame.unmet[unit.index] as number) > 0) {
      const { depends } = unit
      const condition = depends === undefined || depends.isPlain ? "" : ` (${depends.source})`
      const unmet = unmetOf(frame, unit, now).join(", ")
      sentences.push(`${unit.name} is waiting for ${unmet}${condition}`)
    }
  }
  return sentences
}

function heldBy(run: Run, frame: Frame, unit: CompiledUnit): string | undefined {
  const isMine = (call: { readonly frame: unknown; readonly unit: unknown }): boolean =>
    call.frame === frame && call.unit === unit
  if (frame.waiting.calls().some(isMine)) {
    return `the template's parallelism of ${frame.template.parallelism}`
  }
  if (!run.waiting.calls().some(isMine)) return undefined
  return limitOf(run)
}

/** What holds back those who could start. */
function limitOf(run: Run): string {
  return run.isSuspended
    ? "the workflow's suspension"
    : `the workflow's parallelism of ${run.spec.parallelism ?? 0}`
}

function unmetOf(frame: Frame, unit: CompiledUnit, now: number): readonly string[] {
  const unmet: string[] = []
  for (const index of unit.dependencies) {
    const state = frame.units[index]
    const other = frame.template.units[index] as CompiledUnit
    const node = state?.kind === "loop" ? state.node : state
    if (node !== undefined && isFulfilled(node)) {
      if (unit.depends === undefined && !isDaemoned(node) && !isPlainlyDone(other, phaseOf(state)))
        unmet.push(`${other.name} (${node.phase})`)
      continue
    }
    const attempts = node?.body?.kind === "attempts" ? explainAttempts(node.body, now) : undefined
    unmet.push(attempts === undefined ? other.name : attempts.replace("waiting for ", ""))
  }
  return unmet
}
