import { own, recordOf, type UntypedObject } from "@argo-ts/kernel"
import { annotation, names } from "./annotations.js"
import { isCustomResourceDefinition, type ResourceRef, refOf } from "./resource.js"
import type { GitopsSettings } from "./settings.js"

type TrackingSettings = Pick<
  GitopsSettings,
  "controlNamespace" | "trackingMethod" | "instanceLabelKey" | "installationId"
>

/** What a tracking id says. */
export interface TrackingId {
  readonly instance: string
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** How objects name their application: `web`, or `team_web` outside the control namespace. */
export function instanceName(
  key: { readonly namespace?: string | undefined; readonly name?: string | undefined },
  settings: Pick<GitopsSettings, "controlNamespace">,
): string {
  const { namespace = settings.controlNamespace, name = "" } = key
  return namespace === settings.controlNamespace ? name : `${namespace}_${name}`
}

/** The application an instance name stands for. Namespaces hold no `_`. */
export function applicationOf(
  instance: string,
  settings: Pick<GitopsSettings, "controlNamespace">,
): { readonly namespace: string; readonly name: string } {
  const split = instance.indexOf("_")
  return split < 0
    ? { namespace: settings.controlNamespace, name: instance }
    : { namespace: instance.slice(0, split), name: instance.slice(split + 1) }
}

/** Writes `web:apps/Deployment:shop/web`. */
export function formatTrackingId(instance: string, ref: Omit<ResourceRef, "version">): string {
  return `${instance}:${ref.group}/${ref.kind}:${ref.namespace}/${ref.name}`
}

/** Reads a tracking id; `undefined` in the wrong format. Names may hold `:` (RBAC), so only the first two split. */
export function parseTrackingId(text: string): TrackingId | undefined {
  const first = text.indexOf(":")
  const second = text.indexOf(":", first + 1)
  if (first < 0 || second < 0) return undefined
  const kindParts = text.slice(first + 1, second).split("/")
  const nameParts = text.slice(second + 1).split("/")
  if (kindParts.length !== 2 || nameParts.length !== 2) return undefined
  const [group, kind] = kindParts as [string, string]
  const [namespace, name] = nameParts as [string, string]
  return { instance: text.slice(0, first), group, kind, namespace, name }
}

/** The application that an object says it belongs to; `undefined` where it says nothing we believe. */
export function trackedInstance(
  object: UntypedObject,
  settings: TrackingSettings,
): string | undefined {
  const { installationId, trackingMethod, instanceLabelKey } = settings
  if (installationId !== undefined && annotation(object, names.installationId) !== installationId) {
    return undefined
  }
  if (trackingMethod === "label") {
    const label = own(object.metadata.labels, instanceLabelKey)
    return typeof label === "string" && label !== "" ? label : undefined
  }
  const id = annotation(object, names.trackingId)
  return id === undefined ? undefined : parseTrackingId(id)?.instance
}

/**
 * True where the tracking id is the object's own. A copy that kept the id of its original is nobody's. The
 * namespace in the id of a cluster-scoped object is its application's destination and is not compared.
 */
export function isSelfReferenced(object: UntypedObject, settings: TrackingSettings): boolean {
  const own = refOf(object)
  if (settings.trackingMethod === "label" || isCustomResourceDefinition(own)) return true
  const id = parseTrackingId(annotation(object, names.trackingId) ?? "")
  if (id === undefined) return true
  const isSameNamespace = own.namespace === "" || own.namespace === id.namespace
  return id.group === own.group && id.kind === own.kind && id.name === own.name && isSameNamespace
}

/** The object marked as belonging to an application. CRDs are never marked. */
export function withTracking(
  object: UntypedObject,
  instance: string,
  settings: TrackingSettings & { readonly destinationNamespace: string },
): UntypedObject {
  const ref = refOf(object)
  if (isCustomResourceDefinition(ref)) return object
  const { trackingMethod, installationId, instanceLabelKey } = settings
  const namespace = ref.namespace === "" ? settings.destinationNamespace : ref.namespace
  const annotations: [string, string][] = []
  const labels: [string, string][] = []
  if (trackingMethod !== "label") {
    annotations.push([names.trackingId, formatTrackingId(instance, { ...ref, namespace })])
  }
  if (installationId !== undefined) annotations.push([names.installationId, installationId])
  if (trackingMethod === "label") labels.push([instanceLabelKey, instance])
  if (trackingMethod === "annotation+label") {
    labels.push([instanceLabelKey, instance.slice(0, 63).replace(/[^A-Za-z0-9]+$/, "")])
  }
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(annotations.length === 0
        ? {}
        : { annotations: extended(object.metadata.annotations, annotations) }),
      ...(labels.length === 0 ? {} : { labels: extended(object.metadata.labels, labels) }),
    },
  }
}

function extended(
  record: { readonly [key: string]: string } | undefined,
  entries: readonly (readonly [string, string])[],
): { readonly [key: string]: string } {
  // A manifest may hold anything where a map belongs; what is no map is left for validation to name.
  const old = typeof record === "object" && record !== null && !Array.isArray(record) ? record : {}
  return { ...recordOf([...Object.entries(old), ...entries]) }
}
