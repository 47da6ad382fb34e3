import {
  type Decision,
  type EpochMs,
  epochMs,
  formatInstant,
  ok,
  own,
  parseDuration,
  type Result,
} from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { DiscoveredArtifacts, Warehouse, WarehouseStatus } from "../api/warehouse.js"
import { annotation } from "./annotations.js"
import { criteriaFunctions } from "./artifact-functions.js"
import { instantOf } from "./availability.js"
import { type ConditionParts, withConditions, withoutCondition } from "./conditions.js"
import { evaluateBoolean, firstMessage } from "./evaluate.js"
import { freightFrom, newFreight } from "./freight-content.js"

/** What a Warehouse wants done. */
export type WarehouseAction =
  | { readonly type: "Discover"; readonly key: string }
  | { readonly type: "CreateFreight"; readonly key: string; readonly freight: Freight }

/** What is known around a Warehouse. */
export interface ObservedWarehouse {
  /** What a look that has just ended found, or why it found nothing. */
  readonly discovery?: DiscoveredArtifacts | { readonly error: string }
  /** All Freight of the namespace: names and aliases. */
  readonly freight: readonly Pick<Freight, "metadata" | "alias">[]
}

type WarehouseDecision = Decision<WarehouseStatus, WarehouseAction>

const intervalDefaultMs = 300_000

function intervalMs(warehouse: Warehouse): number {
  const parsed = parseDuration(warehouse.spec.interval ?? "")
  return parsed.ok && parsed.value > 0 ? parsed.value : intervalDefaultMs
}

function refreshToken(warehouse: Warehouse): string | undefined {
  return own(warehouse.metadata.annotations, annotation.refresh)
}

/** When the next look is due: at once after a change or a refresh, else an interval after the last. */
function dueAt(warehouse: Warehouse, now: EpochMs): EpochMs {
  const { status, metadata } = warehouse
  const last = instantOf(status?.discoveredArtifacts?.discoveredAt)
  const isNew = (metadata.generation ?? 0) > (status?.observedGeneration ?? 0)
  const token = refreshToken(warehouse)
  const isAsked = token !== undefined && token !== status?.lastHandledRefresh
  return last === undefined || isNew || isAsked ? now : epochMs(last + intervalMs(warehouse))
}

/** Names the cause of a look, not the instant: asking again for the same look is the same action. */
function discover(warehouse: Warehouse): WarehouseAction {
  const { name = "", generation = 0 } = warehouse.metadata
  const last = warehouse.status?.discoveredArtifacts?.discoveredAt ?? "first"
  const key = `${name}/discover/${generation}/${refreshToken(warehouse) ?? "-"}/${last}`
  return { type: "Discover", key }
}

/** The first subscription that found nothing, by reason: of the condition Healthy, and of Ready. */
function whatIsMissing(
  found: DiscoveredArtifacts,
): readonly [healthy: string, ready: string, message: string] | undefined {
  const { git = [], images = [] } = found
  if (git.length + images.length === 0)
    return ["MissingArtifacts", "MissingArtifacts", "no subscription has found anything"]
  const repository = git.find(({ commits }) => commits.length === 0)?.repoURL
  if (repository !== undefined)
    return ["NoCommitsDiscovered", "MissingCommits", `no commits were found in ${repository}`]
  const image = images.find(({ references }) => references.length === 0)?.repoURL
  if (image === undefined) return undefined
  const message = `no images were found in ${image}`
  return ["NoImageReferencesDiscovered", "MissingImageReferences", message]
}

/** The criteria expression: whether it holds. */
function criteria(
  expression: string,
  warehouse: Warehouse,
  found: DiscoveredArtifacts,
  now: EpochMs,
): Result<boolean> {
  if (expression === "") return ok(true)
  return evaluateBoolean(expression, criteriaFunctions(freightFrom(warehouse, found)), now)
}

function unhealthy(healthy: string, ready: string, message: string): readonly ConditionParts[] {
  return [
    ["Healthy", "False", healthy, message],
    ["Ready", "False", ready, message],
  ]
}

const allFound = "every subscription found an artifact"
const healthy: readonly ConditionParts[] = [
  ["Healthy", "True", "ArtifactsDiscovered", allFound],
  ["Ready", "True", "ArtifactsDiscovered", allFound],
]

interface FreightVerdict {
  readonly conditions: readonly ConditionParts[]
  /** Undefined: none is to be made. */
  readonly freight?: ReturnType<typeof freightFrom>
}

/** Whether Freight is to be made of what was found (spec/promotion §2.2, §2.6). */
function judge(warehouse: Warehouse, found: DiscoveredArtifacts, now: EpochMs): FreightVerdict {
  const missing = whatIsMissing(found)
  if (missing !== undefined) return { conditions: unhealthy(...missing) }
  if (warehouse.spec.freightCreationPolicy === "Manual") return { conditions: healthy }
  const expression = warehouse.spec.freightCreationCriteria?.expression ?? ""
  const holds = criteria(expression, warehouse, found, now)
  const reason = "CriteriaEvaluationFailed"
  if (!holds.ok) return { conditions: unhealthy(reason, reason, firstMessage(holds.issues)) }
  const type = "FreightCreationCriteriaSatisfied"
  if (!holds.value) {
    const message = "the freight creation criteria do not hold"
    return { conditions: [...healthy, [type, "False", "CriteriaNotSatisfied", message]] }
  }
  const freight = freightFrom(warehouse, found)
  if (expression === "") return { conditions: healthy, freight }
  const message = "the freight creation criteria hold"
  return { conditions: [...healthy, [type, "True", "CriteriaSatisfied", message]], freight }
}

/** Conditions that only some looks lead to. */
const occasional = ["FreightCreated", "FreightCreationCriteriaSatisfied"]

/** Freight of what was found, unless it exists: its name is a hash of its content. */
function decideFreight(
  warehouse: Warehouse,
  before: WarehouseStatus,
  observed: ObservedWarehouse,
  now: EpochMs,
): WarehouseDecision {
  const { conditions, freight } = judge(warehouse, before.discoveredArtifacts ?? {}, now)
  const name = freight?.metadata.name ?? ""
  const isKnown = observed.freight.some(({ metadata }) => metadata.name === name)
  const message = `Freight ${name} exists already`
  const all: readonly ConditionParts[] = isKnown
    ? [...conditions, ["FreightCreated", "False", "AlreadyExists", message]]
    : conditions
  const stale = occasional.filter((type) => !all.some(([each]) => each === type))
  const context = { generation: warehouse.metadata.generation, now }
  const status = withConditions(stale.reduce(withoutCondition, before), all, context)
  const wakeAt = dueAt({ ...warehouse, status }, now)
  if (freight === undefined) return { status, actions: [], wakeAt }
  if (isKnown) return { status: { ...status, lastFreightID: name }, actions: [], wakeAt }
  const made = newFreight(freight, observed.freight, now)
  const action: WarehouseAction = { type: "CreateFreight", key: `freight/${name}`, freight: made }
  return { status, actions: [action], wakeAt }
}

/**
 * What a Warehouse does next (spec/promotion §2.2, §2.6): look when it is due, and make Freight of the best result of
 * every subscription. Freight whose content is known already is not made again; Freight that somebody deleted is, while
 * it is still the newest.
 */
export function decideWarehouse(
  warehouse: Warehouse,
  observed: ObservedWarehouse,
  now: EpochMs,
): WarehouseDecision {
  const { discovery } = observed
  const before = warehouse.status ?? {}
  if (discovery === undefined) {
    const isDue = dueAt(warehouse, now) <= now
    return isDue
      ? { status: before, actions: [discover(warehouse)] }
      : decideFreight(warehouse, before, observed, now)
  }
  if ("error" in discovery) {
    const conditions = unhealthy("DiscoveryFailed", "DiscoveryFailure", discovery.error)
    const context = { generation: warehouse.metadata.generation, now }
    return { status: withConditions(before, conditions, context), actions: [] }
  }
  const token = refreshToken(warehouse)
  const discovered: WarehouseStatus = {
    ...before,
    discoveredArtifacts: { ...discovery, discoveredAt: formatInstant(now) },
    observedGeneration: warehouse.metadata.generation ?? 0,
    ...(token === undefined ? {} : { lastHandledRefresh: token }),
  }
  return decideFreight(warehouse, discovered, observed, now)
}
