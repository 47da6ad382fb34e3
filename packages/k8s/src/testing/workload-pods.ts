import type { JsonObject, Kind, ObjectMeta, Stored } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { type ConformanceWorld, kinds, type Loose, type Recording, record, until } from "./world.js"

/** What a pod of the suite does: run until it is told to go, never get ready, or end after a second. */
export type Doing = "lasts" | "unready" | "succeeds" | "fails"

/** The label by which a simulated cluster knows what a pod's command would do. */
const label = "conformance.argo-ts.dev/pod"

const commands: { readonly [doing in Doing]: string } = {
  lasts: "trap 'exit 0' TERM; sleep 86400 & wait",
  unready: "trap 'exit 0' TERM; sleep 86400 & wait",
  succeeds: "sleep 1",
  fails: "sleep 1; exit 42",
}

/** A template of pods that do something, on a real cluster by their command. */
export function templateOf(
  labels: { readonly [key: string]: string },
  doing: Doing = "lasts",
  more: JsonObject = {},
): JsonObject {
  const readinessProbe = { exec: { command: ["false"] } }
  const container = {
    name: "main",
    image: "busybox:1.36",
    command: ["sh", "-c", commands[doing]],
    ...(doing === "unready" && { readinessProbe }),
  }
  return {
    metadata: { labels: { ...labels, [label]: doing } },
    spec: { terminationGracePeriodSeconds: 5, containers: [container], ...more },
  }
}

/** A kind that is read loosely. */
export function looseKind(apiVersion: string, name: string): Kind<Loose> {
  return builtInKind(apiVersion, name) as Kind<Loose>
}

/** Kinds of workloads. */
export const workloads: {
  readonly replicaSets: Kind<Loose>
  readonly statefulSets: Kind<Loose>
  readonly daemonSets: Kind<Loose>
  readonly events: Kind<Loose>
  readonly nodes: Kind<Loose>
} = {
  replicaSets: looseKind("apps/v1", "ReplicaSet"),
  statefulSets: looseKind("apps/v1", "StatefulSet"),
  daemonSets: looseKind("apps/v1", "DaemonSet"),
  events: looseKind("v1", "Event"),
  nodes: looseKind("v1", "Node"),
}

/** A pod by itself. */
export function podOf(
  world: ConformanceWorld,
  metadata: ObjectMeta,
  { doing = "lasts", more = {} }: { readonly doing?: Doing; readonly more?: JsonObject } = {},
): Loose {
  const template = templateOf({}, doing, more) as unknown as {
    readonly metadata: { readonly labels: { readonly [key: string]: string } }
    readonly spec: JsonObject
  }
  const labels = { ...template.metadata.labels, ...metadata.labels }
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: world.namespace, ...metadata, labels },
    spec: template.spec,
  }
}

/** A condition of an object's status. */
export function conditionOf(object: Loose | undefined, type: string): JsonObject | undefined {
  const conditions = (object?.status?.["conditions"] ?? []) as readonly JsonObject[]
  return conditions.find((condition) => condition["type"] === type)
}

/** A number of an object's status; 0 where there is none. */
export function countOf(object: Loose | undefined, field: string): number {
  return Number(object?.status?.[field] ?? 0)
}

/** Waits until an object is as wanted. */
export function awaitObject(
  world: ConformanceWorld,
  kind: Kind<Loose>,
  wanted: { readonly name: string; readonly is: (object: Loose) => boolean; readonly what: string },
): Promise<Stored<Loose>> {
  const key = { namespace: world.namespace, name: wanted.name }
  return until(world, `${kind.kind} ${wanted.name} ${wanted.what}`, async () => {
    const found = await world.cluster.get(kind, key)
    return found !== undefined && wanted.is(found) ? found : undefined
  })
}

/** Objects of a kind in the world's namespace, by label where one is given. */
export async function objectsOf(
  world: ConformanceWorld,
  kind: Kind<Loose>,
  matchLabels?: { readonly [key: string]: string },
): Promise<readonly Stored<Loose>[]> {
  const { cluster, namespace } = world
  const selection = matchLabels === undefined ? {} : { labelSelector: { matchLabels } }
  return (await cluster.list(kind, { namespace, ...selection })).items
}

/** The messages of events about an object, the oldest first. */
export async function messagesAbout(
  world: ConformanceWorld,
  name: string,
  reason: string,
): Promise<readonly string[]> {
  const found = (await objectsOf(world, workloads.events)) as unknown as readonly {
    readonly reason?: string
    readonly message?: string
    readonly involvedObject?: { readonly name?: string }
    readonly metadata: { readonly resourceVersion: string }
  }[]
  return found
    .filter((event) => event.reason === reason && event.involvedObject?.name === name)
    .toSorted(
      (left, right) =>
        Number(left.metadata.resourceVersion) - Number(right.metadata.resourceVersion),
    )
    .map(({ message = "" }) => message)
}

/** Records what happens to a kind in the world's namespace from now on. */
export async function recordFromNow(
  world: ConformanceWorld,
  kind: Kind<Loose>,
): Promise<Recording> {
  const { cluster, namespace } = world
  const { resourceVersion } = await cluster.list(kind, { namespace })
  return record(cluster, kind, { namespace, resourceVersion })
}

/** What a recording has seen of objects, in order. */
export function objectsSeen(
  recording: Recording,
): readonly { readonly type: string; readonly object: Loose }[] {
  return recording.events.flatMap((event) =>
    event.type === "BOOKMARK" ? [] : [{ type: event.type, object: event.object }],
  )
}

/** Changes an object by a merge patch. */
export function mergeInto(
  world: ConformanceWorld,
  kind: Kind<Loose>,
  name: string,
  patch: JsonObject,
): Promise<Stored<Loose>> {
  const key = { namespace: world.namespace, name }
  return world.cluster.patch(kind, key, { type: "merge", patch })
}

/** The kind of pods. */
export const podKind: Kind<Loose> = kinds.pods
