import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  type EpochMs,
  earliest,
  epochMs,
  equalJson,
  type Kind,
  type KubernetesObject,
  parseApiVersion,
  parseDuration,
  parseLabelSelector,
  type Stored,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import {
  nextChangeAnnotation,
  type PodMetricsObject,
  podMetrics,
} from "../../metrics/metrics-kinds.js"
import { instantOf, pods } from "../workloads.js"
import { type Autoscaler, autoscalers, type Scale } from "./autoscaler.js"
import {
  type AutoscalerDecision,
  decideAutoscaler,
  isSettled,
  noPast,
  type ObservedTarget,
  refusedScale,
} from "./autoscaler-decision.js"
import type { Past } from "./pace.js"
import type { MeasuredPod } from "./pod-usage.js"
import { createRoster, type Roster, targetName } from "./roster.js"

/** How often an autoscaler looks, for as long as there may be something new. */
const syncMs = 15_000

const definitions = builtInKind(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
) as Kind<KubernetesObject>

/** What an autoscaler remembers; one that starts again starts with nothing. */
interface Memory {
  readonly uid: string
  /** The version that it last saw: an older one comes back where a cluster went back. */
  version: number
  lookedAt: EpochMs | undefined
  /** When it looks next; absent while nothing can change by time alone. */
  dueAt: EpochMs | undefined
  past: Past
  isAsleep: boolean
}

/** A target with what it takes to scale it. */
interface Found {
  readonly target: ObservedTarget
  readonly kind?: Kind<Scale>
  readonly scale?: Stored<Scale>
  /** When what pods use changes next, as far as anybody knows. */
  readonly nextChange?: EpochMs | undefined
}

function unknown(why: string): Found {
  return { target: { type: "Unknown", why } }
}

/** The first look at or after an instant: every 15 s from the autoscaler's creation. */
function tickAt(autoscaler: Stored<Autoscaler>, at: EpochMs): EpochMs {
  const created = instantOf(autoscaler.metadata.creationTimestamp) ?? at
  const ticks = Math.max(1, Math.ceil((at - created) / syncMs))
  return epochMs(created + ticks * syncMs)
}

function measuredOf(metrics: PodMetricsObject, now: EpochMs): MeasuredPod {
  const window = parseDuration(metrics.window)
  return {
    name: metrics.metadata.name ?? "",
    at: instantOf(metrics.timestamp) ?? now,
    windowMs: window.ok ? window.value : 0,
    containers: metrics.containers,
  }
}

async function kindOfTarget(
  { scaleTargetRef }: Autoscaler["spec"],
  { cluster }: ReconcileContext,
): Promise<Kind<Scale> | string> {
  const { apiVersion = "v1", kind } = scaleTargetRef
  const { group, version } = parseApiVersion(apiVersion)
  const kinds = await cluster.kinds({ allVersions: true })
  const served = kinds.filter((each) => each.group === group && each.kind === kind)
  const found = served.find((each) => each.version === version) ?? served[0]
  return (found as Kind<Scale> | undefined) ?? `no matches for kind "${kind}" in group "${group}"`
}

/** What an error says, where it is an answer of the cluster. */
function answerOf(error: unknown): string {
  if (error instanceof Error && isClusterError(error)) return error.message
  throw error
}

async function observePods(
  key: { readonly namespace: string; readonly name: string },
  scale: Stored<Scale>,
  { cluster, clock }: ReconcileContext,
  roster: Roster,
): Promise<Pick<Found, "target" | "nextChange">> {
  const { namespace } = key
  const text = scale.status?.selector ?? ""
  const parsed = parseLabelSelector(text)
  const replicas = scale.spec.replicas ?? 0
  const base = { type: "Known", replicas, pods: [], measured: [], rivals: [] } as const
  if (text === "" || !parsed.ok) return { target: { ...base, selector: "" } }
  const selection = { namespace, labelSelector: parsed.value }
  roster.select(key, parsed.value)
  const members = (await cluster.list(pods, selection)).items
  const metrics = (await cluster.list(podMetrics, selection)).items
  const changes = metrics.map(({ metadata }) =>
    instantOf(metadata.annotations?.[nextChangeAnnotation]),
  )
  return {
    target: {
      ...base,
      selector: text,
      pods: members,
      measured: metrics.map((each) => measuredOf(each, clock.now())),
      rivals: roster.rivals(key, members),
    },
    nextChange: earliest(...changes),
  }
}

async function observeTarget(
  autoscaler: Stored<Autoscaler>,
  context: ReconcileContext,
  roster: Roster,
): Promise<Found> {
  const { namespace = "", name: ownName } = autoscaler.metadata
  const { name } = autoscaler.spec.scaleTargetRef
  const own = { namespace, name: ownName }
  const kind = await kindOfTarget(autoscaler.spec, context)
  if (typeof kind === "string") {
    roster.enter(own, "")
    return unknown(kind)
  }
  roster.enter(own, targetName(kind, name))
  await context.watch(kind, ({ metadata }) =>
    roster.scaling(metadata.namespace ?? "", targetName(kind, metadata.name)),
  )
  try {
    const scale = await context.cluster.get(kind, { namespace, name }, { subresource: "scale" })
    if (scale === undefined) {
      const resource = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`
      return unknown(`${resource} "${name}" not found`)
    }
    return { kind, scale, ...(await observePods(own, scale, context, roster)) }
  } catch (error) {
    return unknown(answerOf(error))
  }
}

/** Carries a decision out, and answers it as it was carried out. */
async function scaleTarget(
  autoscaler: Stored<Autoscaler>,
  decision: AutoscalerDecision,
  { kind, scale }: Found,
  { cluster, clock }: ReconcileContext,
): Promise<AutoscalerDecision> {
  const { scaleTo } = decision
  if (scaleTo === undefined || kind === undefined || scale === undefined) return decision
  try {
    const wanted = { ...scale, spec: { ...scale.spec, replicas: scaleTo.replicas } }
    await cluster.update(kind, wanted, { subresource: "scale" })
    return decision
  } catch (error) {
    return refusedScale(autoscaler, decision, { error: answerOf(error), now: clock.now() })
  }
}

async function look(
  autoscaler: Stored<Autoscaler>,
  memory: Memory,
  context: ReconcileContext,
  roster: Roster,
): Promise<void> {
  const { cluster, clock, record } = context
  const now = clock.now()
  const [last] = memory.past.recommendations
  if (memory.isAsleep && last !== undefined) {
    // All the while it slept it would have wanted the same again and again.
    memory.past = { ...memory.past, recommendations: [{ ...last, at: epochMs(now - syncMs) }] }
  }
  const found = await observeTarget(autoscaler, context, roster)
  const observed = { target: found.target, past: memory.past }
  const decided = decideAutoscaler(autoscaler, observed, now)
  const decision = await scaleTarget(autoscaler, decided, found, context)
  const { status, events, past } = decision
  memory.past = past
  memory.lookedAt = now
  memory.isAsleep = isSettled(decision, found.target, now)
  memory.dueAt = memory.isAsleep
    ? found.nextChange && tickAt(autoscaler, found.nextChange)
    : tickAt(autoscaler, epochMs(now + 1))
  for (const event of events) record(autoscaler, event)
  if (equalJson(status, autoscaler.status)) return
  await cluster.update(autoscalers, { ...autoscaler, status }, { subresource: "status" })
}

/** The memory of an autoscaler; a new one where it is another, or where the cluster went back in time. */
function recall(memories: Map<string, Memory>, autoscaler: Stored<Autoscaler>): Memory {
  const { namespace = "", name, uid, resourceVersion } = autoscaler.metadata
  const key = `${namespace}/${name}`
  const known = memories.get(key)
  const version = Number(resourceVersion)
  if (known !== undefined && known.uid === uid && known.version <= version) {
    known.version = version
    return known
  }
  const memory: Memory = {
    uid,
    version,
    lookedAt: undefined,
    dueAt: undefined,
    past: noPast,
    isAsleep: false,
  }
  memories.set(key, memory)
  return memory
}

/**
 * Keeps the size of workloads to what their pods use: looks every 15 s from an autoscaler's creation on, and sleeps
 * while neither its target, nor its pods, nor the passing of time can tell it anything new.
 */
export function autoscalerController(): Controller {
  const roster = createRoster()
  const memories = new Map<string, Memory>()
  return controller("cluster/horizontalpodautoscaler", autoscalers)
    .recordsAs("horizontal-pod-autoscaler")
    .watches(pods, ({ metadata }) => roster.of(metadata.namespace ?? ""))
    .watches(definitions, () => roster.all())
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const autoscaler = await context.cluster.get(autoscalers, key)
      if (autoscaler === undefined) {
        roster.leave(key)
        memories.delete(`${key.namespace ?? ""}/${key.name}`)
        return {}
      }
      const memory = recall(memories, autoscaler)
      const now = context.clock.now()
      // Its own writes do not make it look twice.
      const from = epochMs(Math.max(now, (memory.lookedAt ?? -1) + 1))
      memory.dueAt = earliest(memory.dueAt, tickAt(autoscaler, from))
      if ((memory.dueAt ?? now) <= now) await look(autoscaler, memory, context, roster)
      return memory.dueAt === undefined ? {} : { wakeAt: memory.dueAt }
    })
}
