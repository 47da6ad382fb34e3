import { type EpochMs, epochMs, formatInstant, isJsonObject, type JsonValue } from "@argo-ts/kernel"
import {
  abort,
  describeReason,
  promote,
  promoteFull,
  type Rollout,
  type RolloutAction,
  type RolloutDecision,
  retry,
  rolloutEvents,
  rolloutReason,
  type SimulationOptions,
  simulateRollout,
} from "../src/index.js"
import { withImage } from "../src/testing/index.js"
import { applyVerb } from "./apply-verb.js"

/** What somebody does to a rollout, and when. */
export interface Doing {
  /** Seconds since the start. */
  readonly at: number
  readonly what: string
  readonly change: (rollout: Rollout) => Rollout
}

/** A new image. */
export function release(at: number, image: string): Doing {
  return { at, what: `image ${image}`, change: (rollout) => withImage(rollout, image) }
}

const verbs = { abort, retry, promote, promoteFull }

/** A verb of the kubectl plugin. */
export function operate(at: number, verb: keyof typeof verbs): Doing {
  return { at, what: verb, change: (rollout) => applyVerb(rollout, verbs[verb](rollout)) }
}

/** Any change of the spec. */
export function edit(at: number, what: string, spec: Partial<Rollout["spec"]>): Doing {
  return { at, what, change: (rollout) => ({ ...rollout, spec: { ...rollout.spec, ...spec } }) }
}

/** Path → text of everything a value holds. */
function flatten(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) flatten(item, `${path}[${index}]`, into)
  } else if (isJsonObject(value)) {
    if ("type" in value && "status" in value && "reason" in value) {
      into.set(
        `${path} ${value["type"]}`,
        `${value["status"]} ${value["reason"]}: ${value["message"]}`,
      )
      return into
    }
    for (const [key, item] of Object.entries(value)) flatten(item, `${path}.${key}`, into)
  } else if (value !== undefined) into.set(path, String(value))
  return into
}

function differences(before: JsonValue | undefined, after: JsonValue): readonly string[] {
  const old = flatten(before, "", new Map())
  const next = flatten(after, "", new Map())
  const paths = [...new Set([...old.keys(), ...next.keys()])].toSorted()
  return paths
    .filter((path) => old.get(path) !== next.get(path))
    .map((path) => `  ${path.slice(1)}: ${old.get(path) ?? "-"} → ${next.get(path) ?? "-"}`)
}

function writeAction(action: RolloutAction): string {
  const { type, key, ...rest } = action as RolloutAction & { readonly [field: string]: JsonValue }
  if (action.type === "CreateReplicaSet") {
    const { metadata, spec } = action.replicaSet
    const annotations = JSON.stringify(metadata.annotations ?? {})
    return `${type} ${metadata.name} replicas=${spec.replicas} ${annotations}`
  }
  if (action.type === "CreateAnalysisRun") {
    const { metadata, spec } = action.run
    const labels = JSON.stringify(metadata.labels ?? {})
    const args = (spec.args ?? []).map(({ name, value }) => `${name}=${value ?? ""}`).join(" ")
    return `${type} ${metadata.name} ${labels} ${args}`.trimEnd()
  }
  return `${type} ${JSON.stringify(rest)} (${key})`
}

/**
 * Runs a rollout through what is done to it and writes down every decision: what changed in the status, what is to be
 * done, which events are told, when it wants to look again, and the sentence that explains it.
 */
export function trace(
  rollout: Rollout,
  doings: readonly Doing[],
  options: SimulationOptions & { readonly until: number },
): string {
  const lines: string[] = []
  const simulation = simulateRollout(rollout, {
    ...options,
    onDecision(before, decision, now) {
      lines.push(...describe(before, decision, now))
      const after = { ...before, status: decision.status }
      lines.push(`  = ${describeReason(rolloutReason(after, simulation.observed(), now))}`)
    },
  })
  for (const { at, what, change } of doings) {
    simulation.run(epochMs(at * 1000))
    lines.push(`${timeOf(epochMs(at * 1000))} *** ${what}`)
    simulation.update(change)
  }
  simulation.run(epochMs(options.until * 1000))
  return `${lines.join("\n")}\n`
}

function timeOf(now: EpochMs): string {
  return formatInstant(now).slice(11, 19)
}

function describe(before: Rollout, decision: RolloutDecision, now: EpochMs): readonly string[] {
  const { status, actions, wakeAt } = decision
  const wake = wakeAt === undefined ? "" : `, again at ${timeOf(wakeAt)}`
  return [
    `${timeOf(now)} decides${wake}`,
    ...differences(before.status as JsonValue | undefined, status as unknown as JsonValue),
    ...actions.map((action) => `  > ${writeAction(action)}`),
    ...rolloutEvents(before, status, actions).map(
      ({ type, reason, message }) => `  ! ${type} ${reason}: ${message}`,
    ),
  ]
}
