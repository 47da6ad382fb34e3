import { compileExpr } from "@argo-ts/expr/expr"
import {
  type Condition,
  type Decision,
  type EpochMs,
  epochMs,
  formatInstant,
  parseDuration,
  setCondition,
} from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import { kargoApiVersion } from "../api/kinds.js"
import type { DiscoveredArtifacts, Warehouse, WarehouseStatus } from "../api/warehouse.js"
import { aliasFor } from "./aliases.js"
import { annotation } from "./annotations.js"
import { instantOf } from "./availability.js"
import { artifactFunctions, evaluateBoolean } from "./expressions.js"
import { freightName } from "./identity.js"

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

const intervalDefaultMs = 300_000

function intervalMs(warehouse: Warehouse): number {
  const parsed = parseDuration(warehouse.spec.interval ?? "")
  return parsed.ok && parsed.value > 0 ? parsed.value : intervalDefaultMs
}

function refreshToken(warehouse: Warehouse): string | undefined {
  return warehouse.metadata.annotations?.[annotation.refresh]
}

/** When the next look is due: at once after a change or a refresh, else an interval after the last. */
function dueAt(warehouse: Warehouse, now: EpochMs): EpochMs {
  const { status, metadata } = warehouse
  const last = instantOf(status?.discoveredArtifacts?.discoveredAt)
  const isNew = (metadata.generation ?? 0) > (status?.observedGeneration ?? 0)
  const isAsked = refreshToken(warehouse) !== status?.lastHandledRefresh
  if (last === undefined || isNew || (isAsked && refreshToken(warehouse) !== undefined)) return now
  return epochMs(last + intervalMs(warehouse))
}

type Conditions = readonly (readonly [
  type: string,
  status: "True" | "False",
  reason: string,
  message: string,
])[]

function withConditions(
  status: WarehouseStatus,
  changes: Conditions,
  warehouse: Warehouse,
  now: EpochMs,
): WarehouseStatus {
  let conditions: readonly Condition[] = status.conditions ?? []
  for (const [type, value, reason, message] of changes) {
    conditions = setCondition(conditions, {
      type,
      status: value,
      reason,
      message,
      lastTransitionTime: formatInstant(now),
      observedGeneration: warehouse.metadata.generation ?? 0,
    })
  }
  return { ...status, conditions }
}

const missingReasons = {
  git: ["NoCommitsDiscovered", "MissingCommits", "no commits were found in"],
  images: ["NoImageReferencesDiscovered", "MissingImageReferences", "no images were found in"],
} as const

/** The first subscription that found nothing. */
function emptyResult(
  found: DiscoveredArtifacts,
): readonly [healthy: string, ready: string, message: string] | undefined {
  const git = found.git?.find(({ commits }) => commits.length === 0)
  const image = found.images?.find(({ references }) => references.length === 0)
  const [kind, source] = git === undefined ? (["images", image] as const) : (["git", git] as const)
  if (source === undefined) return undefined
  const [healthy, ready, words] = missingReasons[kind]
  return [healthy, ready, `${words} ${source.repoURL}`]
}

function named(name: string | undefined): { readonly subscriptionName?: string } {
  return name === undefined ? {} : { subscriptionName: name }
}

/** Freight of the best result of every subscription. */
export function freightFrom(
  warehouse: Warehouse,
  found: DiscoveredArtifacts,
): Omit<Freight, "alias"> {
  const commits = (found.git ?? []).flatMap(({ repoURL, subscriptionName, commits: [best] }) => {
    if (best === undefined) return []
    const { id, branch, tag, subject, author, committer } = best
    return [
      {
        repoURL,
        id,
        ...(branch === undefined ? {} : { branch }),
        ...(tag === undefined ? {} : { tag }),
        ...(subject === undefined ? {} : { message: subject }),
        ...(author === undefined ? {} : { author }),
        ...(committer === undefined ? {} : { committer }),
        ...named(subscriptionName),
      },
    ]
  })
  const images = (found.images ?? []).flatMap(
    ({ repoURL, subscriptionName, references: [best] }) =>
      best === undefined
        ? []
        : [{ repoURL, tag: best.tag, digest: best.digest, ...named(subscriptionName) }],
  )
  const origin = { kind: "Warehouse", name: warehouse.metadata.name ?? "" } as const
  const namespace = warehouse.metadata.namespace
  return {
    apiVersion: kargoApiVersion,
    kind: "Freight",
    metadata: {
      name: freightName({ origin, commits, images }),
      ...(namespace === undefined ? {} : { namespace }),
    },
    origin,
    ...(commits.length === 0 ? {} : { commits }),
    ...(images.length === 0 ? {} : { images }),
  }
}

function withAlias(
  freight: Omit<Freight, "alias">,
  observed: ObservedWarehouse,
  now: EpochMs,
): Freight {
  const taken = new Set(observed.freight.flatMap(({ alias }) => alias ?? []))
  const alias = aliasFor(freight.metadata.name ?? "", taken)
  const labels = { [annotation.alias]: alias }
  return {
    ...freight,
    metadata: { ...freight.metadata, labels },
    alias,
    discoveredAt: formatInstant(now),
  }
}

/** The criteria expression: true, false, or why it cannot be evaluated. */
function criteria(
  warehouse: Warehouse,
  found: DiscoveredArtifacts,
): boolean | { readonly error: string } {
  const expression = warehouse.spec.freightCreationCriteria?.expression ?? ""
  if (expression === "") return true
  const compiled = compileExpr(expression, { mode: "noenv" })
  if (!compiled.ok) return { error: compiled.issues[0]?.message ?? "the expression cannot be read" }
  const { origin, commits = [], images = [] } = freightFrom(warehouse, found)
  return evaluateBoolean(compiled.value, artifactFunctions([{ origin, commits, images }]))
}

/**
 * What a Warehouse does next (spec/promotion §2.2, §2.6): look when it is due, and make Freight of the best result of
 * every subscription. Freight whose content is known already is not made again: its name is a hash of it.
 */
export function decideWarehouse(
  warehouse: Warehouse,
  observed: ObservedWarehouse,
  now: EpochMs,
): Decision<WarehouseStatus, WarehouseAction> {
  const { discovery } = observed
  const status = warehouse.status ?? {}
  const name = warehouse.metadata.name ?? ""
  if (discovery === undefined) {
    const at = dueAt(warehouse, now)
    if (at > now) return { status, actions: [], wakeAt: at }
    return { status, actions: [{ type: "Discover", key: `${name}/discover/${now}` }] }
  }
  if ("error" in discovery) {
    const changes: Conditions = [
      ["Healthy", "False", "DiscoveryFailed", discovery.error],
      ["Ready", "False", "DiscoveryFailure", discovery.error],
    ]
    return { status: withConditions(status, changes, warehouse, now), actions: [] }
  }
  const token = refreshToken(warehouse)
  const discovered: WarehouseStatus = {
    ...status,
    discoveredArtifacts: { ...discovery, discoveredAt: formatInstant(now) },
    observedGeneration: warehouse.metadata.generation ?? 0,
    ...(token === undefined ? {} : { lastHandledRefresh: token }),
  }
  const wakeAt = epochMs(now + intervalMs(warehouse))
  const result = decideFreight(warehouse, observed, discovery, now)
  return {
    status: withConditions({ ...discovered, ...result.status }, result.conditions, warehouse, now),
    actions: result.actions,
    wakeAt,
  }
}

function decideFreight(
  warehouse: Warehouse,
  observed: ObservedWarehouse,
  found: DiscoveredArtifacts,
  now: EpochMs,
): {
  readonly status: WarehouseStatus
  readonly conditions: Conditions
  readonly actions: readonly WarehouseAction[]
} {
  const healthy: Conditions = [
    ["Healthy", "True", "ArtifactsDiscovered", "every subscription found an artifact"],
    ["Ready", "True", "ArtifactsDiscovered", "every subscription found an artifact"],
  ]
  const empty = emptyResult(found)
  if (empty !== undefined) {
    const [healthyReason, readyReason, message] = empty
    const conditions: Conditions = [
      ["Healthy", "False", healthyReason, message],
      ["Ready", "False", readyReason, message],
    ]
    return { status: {}, conditions, actions: [] }
  }
  if (warehouse.spec.freightCreationPolicy === "Manual")
    return { status: {}, conditions: healthy, actions: [] }
  const verdict = criteria(warehouse, found)
  if (typeof verdict === "object") {
    const conditions: Conditions = [
      ["Healthy", "False", "CriteriaEvaluationFailed", verdict.error],
      ["Ready", "False", "CriteriaEvaluationFailed", verdict.error],
    ]
    return { status: {}, conditions, actions: [] }
  }
  if (!verdict) {
    const message = "the freight creation criteria do not hold"
    const unmet: Conditions = [
      ["FreightCreationCriteriaSatisfied", "False", "CriteriaNotSatisfied", message],
    ]
    return { status: {}, conditions: [...healthy, ...unmet], actions: [] }
  }
  const freight = freightFrom(warehouse, found)
  const freightId = freight.metadata.name ?? ""
  const isKnown = observed.freight.some(({ metadata }) => metadata.name === freightId)
  const created: Conditions = isKnown
    ? [["FreightCreated", "False", "AlreadyExists", `Freight ${freightId} exists already`]]
    : []
  const create: WarehouseAction = {
    type: "CreateFreight",
    key: `freight/${freightId}`,
    freight: withAlias(freight, observed, now),
  }
  return {
    status: { lastFreightID: freightId },
    conditions: [...healthy, ...created],
    actions: isKnown ? [] : [create],
  }
}
