import type { JsonObject, Kind, KubernetesObject, ObjectMeta, Stored } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect } from "vitest"
import type { ClusterErrorReason } from "../cluster-error.js"
import type { Cluster, WatchEvent, WatchOptions } from "../ports.js"

/** A cluster under test. */
export interface ConformanceWorld {
  readonly cluster: Cluster
  /** An empty namespace that exists. */
  readonly namespace: string
  /** A served namespaced custom kind with a status subresource, whose schema keeps unknown fields. */
  readonly custom: Kind
  /** Resolves when garbage collection and the like have had time to act. */
  settle(): Promise<void>
  /** Lets about a second pass: a virtual clock is moved, a real one is waited for. */
  pass(): Promise<void>
  /** Makes the cluster forget its history, or resolves where version 1 is forgotten anyway. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** One thing that every cluster does. */
export interface ConformanceCase {
  readonly name: string
  readonly run: (world: ConformanceWorld) => Promise<void>
}

/** An object, read loosely. */
export interface Loose extends KubernetesObject {
  readonly data?: JsonObject
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

function kind(apiVersion: string, name: string): Kind<Loose> {
  return builtInKind(apiVersion, name) as Kind<Loose>
}

/** Kinds that the cases use. */
export const kinds: {
  readonly configMaps: Kind<Loose>
  readonly secrets: Kind<Loose>
  readonly pods: Kind<Loose>
  readonly deployments: Kind<Loose>
  readonly jobs: Kind<Loose>
} = {
  configMaps: kind("v1", "ConfigMap"),
  secrets: kind("v1", "Secret"),
  pods: kind("v1", "Pod"),
  deployments: kind("apps/v1", "Deployment"),
  jobs: kind("batch/v1", "Job"),
}

/** A ConfigMap of the world's namespace. */
export function configMap(
  world: ConformanceWorld,
  metadata: ObjectMeta,
  data: JsonObject = {},
): Loose {
  const { namespace } = world
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, ...metadata }, data }
}

/** A Deployment of the world's namespace, with no pods. */
export function deployment(
  world: ConformanceWorld,
  name: string,
  metadata: ObjectMeta = {},
): Loose {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "app:1" }] } }
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: world.namespace, name, ...metadata },
    spec: { replicas: 0, selector: { matchLabels: labels }, template },
  }
}

/** An object of the custom kind. */
export function customObject(world: ConformanceWorld, name: string, spec: JsonObject): Loose {
  const { custom, namespace } = world
  const apiVersion = `${custom.group}/${custom.version}`
  return { apiVersion, kind: custom.kind, metadata: { namespace, name }, spec }
}

/** The refusal of a request; fails where it was granted. */
export async function refusal(
  request: Promise<unknown>,
): Promise<Error & { readonly code: ClusterErrorReason; readonly details: JsonObject }> {
  try {
    await request
  } catch (error) {
    return error as Error & { readonly code: ClusterErrorReason; readonly details: JsonObject }
  }
  throw new Error("expected the cluster to refuse the request; it was granted")
}

/** Expects a refusal with that reason, and its message where one is given. */
export async function expectRefusal(
  request: Promise<unknown>,
  code: ClusterErrorReason,
  message?: string,
): Promise<void> {
  const error = await refusal(request)
  expect({ name: error.name, code: error.code }).toEqual({ name: "ClusterError", code })
  if (message !== undefined) expect(error.message).toContain(message)
}

const passesMax = 300

/** Lets time pass until an answer is given; rejects where none is within five minutes of it. */
export async function until<T>(
  world: ConformanceWorld,
  what: string,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  for (let passes = 0; passes < passesMax; passes++) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await world.pass()
  }
  throw new Error(`${what}: this did not come about within ${passesMax} seconds`)
}

/** A ConfigMap that a real cluster has in every namespace, nobody having asked for it. */
export const rootCertificateMap = "kube-root-ca.crt"

/** The names of objects, but for the one that the cluster itself has put among them. */
export function namesOf(items: readonly Loose[]): string[] {
  const names = items.map(({ metadata }) => metadata.name ?? "")
  return names.filter((name) => name !== rootCertificateMap)
}

/** What a watch has seen. */
export interface Recording {
  readonly events: readonly WatchEvent<Loose>[]
  /** Resolves with the first `count` changes. */
  first(count: number): Promise<readonly string[]>
  /** Resolves with the error that ended the watch. */
  readonly ended: Promise<unknown>
  stop(): void
}

/** `ADDED a data=1` */
function describeEvent(event: WatchEvent<Loose>): string {
  if (event.type === "BOOKMARK") return "BOOKMARK"
  const { name, labels = {} } = event.object.metadata
  const label = labels["x"] === undefined ? "" : ` x=${labels["x"]}`
  return `${event.type} ${name}${label}`
}

/** Watches a kind and keeps what comes. */
export function record(cluster: Cluster, watched: Kind<Loose>, options: WatchOptions): Recording {
  const events: WatchEvent<Loose>[] = []
  let notify: () => void = () => {}
  let finish: (error: unknown) => void = () => {}
  const ended = new Promise<unknown>((resolve) => {
    finish = resolve
  })
  const stop = cluster.watch(watched, options, {
    event(event) {
      if (event.type !== "BOOKMARK") events.push(event)
      notify()
    },
    end: (error) => finish(error),
  })
  return {
    events,
    ended,
    stop,
    async first(count) {
      while (events.length < count) {
        await new Promise<void>((resolve) => {
          notify = resolve
        })
      }
      return events.slice(0, count).map(describeEvent)
    },
  }
}

/** Creates several ConfigMaps, one after the other. */
export async function createAll(
  world: ConformanceWorld,
  names: readonly string[],
): Promise<Stored<Loose>[]> {
  const made: Stored<Loose>[] = []
  for (const name of names) {
    made.push(await world.cluster.create(kinds.configMaps, configMap(world, { name })))
  }
  return made
}
