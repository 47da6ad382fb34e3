import type { ClusterError } from "@argo-ts/k8s"
import {
  defineKind,
  epochMs,
  type JsonObject,
  type JsonValue,
  type Kind,
  type KubernetesObject,
} from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "../src/index.js"

export interface Loose extends KubernetesObject {
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

export const definitions = builtInKind(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
) as Kind<Loose>
export const widgets = defineKind<Loose>({
  group: "example.com",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  scope: "Namespaced",
  hasStatus: true,
})
export const namespace = "default"
export const key = { namespace, name: "a" }

export function makeSim(options: Partial<ClusterSimOptions> = {}): {
  readonly sim: ClusterSim
  readonly clock: ReturnType<typeof createVirtualClock>
} {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return { clock, sim: createClusterSim({ clock, controllers: false, ...options }) }
}

export const open: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true }

/** A definition of Widgets whose spec has these properties. */
export function definition(properties: JsonObject, more: JsonObject = {}): Loose {
  const spec = { type: "object", properties, ...more }
  const openAPIV3Schema: JsonObject = { type: "object", properties: { spec, status: open } }
  return definitionOf([
    {
      name: "v1",
      served: true,
      storage: true,
      schema: { openAPIV3Schema },
      subresources: { status: {} },
    },
  ])
}

export function definitionOf(versions: readonly JsonObject[], names: JsonObject = {}): Loose {
  const { plural = "widgets" } = names
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural as string}.example.com` },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural, kind: "Widget", shortNames: ["wd"], ...names },
      versions,
    },
  }
}

export function widget(spec?: JsonValue, name = "a"): Loose {
  const metadata = { namespace, name }
  return {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata,
    ...(spec !== undefined && { spec }),
  } as Loose
}

export async function serving(properties: JsonObject, more: JsonObject = {}): Promise<ClusterSim> {
  const { sim } = makeSim({ instantCrds: true })
  await sim.cluster.create(definitions, definition(properties, more))
  return sim
}

export async function refusal(request: Promise<unknown>): Promise<ClusterError> {
  return request.then(
    () => Promise.reject(new Error("expected a refusal")),
    (error: unknown) => error as ClusterError,
  )
}

/** Field and message of each cause. */
export async function causes(request: Promise<unknown>): Promise<string[]> {
  const error = await refusal(request)
  return (error.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`)
}

export const text: JsonObject = { type: "string" }
