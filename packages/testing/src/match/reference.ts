import {
  failed,
  type KubernetesObject,
  type LabelSelector,
  matchesLabels,
  ok,
  parseApiVersion,
  parseLabelSelector,
  type Result,
} from "@argo-ts/kernel"
import { fitsGlob } from "./pattern.js"

/** Which object or objects of a cluster, as scenarios name them. */
export interface Reference {
  readonly kind: string
  /** Absent: any group. */
  readonly group?: string
  /** Absent: a cluster-scoped object. */
  readonly namespace?: string
  /** May hold `*`; `*` alone where a label selector is given. */
  readonly name: string
  readonly selector?: LabelSelector
  /** True where at most one object can be meant. */
  readonly isSingle: boolean
}

const form = /^([A-Z][A-Za-z0-9]*)(?:\.([a-z0-9.-]+))?\/(?:([a-z0-9*-]+)\/)?([^/[\]]+|\[[^\]]*\])$/

/**
 * Reads a reference: `Rollout/shop/web` (kind, namespace, name), `Namespace/shop` (cluster-scoped),
 * `Rollout.argoproj.io/shop/web` (with group), `Pod/shop/web-*` and `Pod/shop/[app=web]` (sets).
 */
export function parseReference(text: string): Result<Reference> {
  const match = form.exec(text)
  const message = `expected Kind/namespace/name or Kind/name, found ${JSON.stringify(text)}`
  if (match === null) return failed([{ code: "InvalidValue", path: [], message }])
  const [, kind = "", group, namespace, last = ""] = match
  const base = {
    kind,
    ...(group === undefined ? {} : { group }),
    ...(namespace === undefined ? {} : { namespace }),
  }
  if (!last.startsWith("[")) {
    const isSingle = !last.includes("*") && namespace?.includes("*") !== true
    return ok({ ...base, name: last, isSingle })
  }
  const selector = parseLabelSelector(last.slice(1, -1))
  if (!selector.ok) return selector
  return ok({ ...base, name: "*", selector: selector.value, isSingle: false })
}

/** True where the reference means the object. */
export function refersTo(reference: Reference, object: KubernetesObject): boolean {
  const { namespace, name = "", labels } = object.metadata
  if (object.kind !== reference.kind || !fitsGlob(reference.name, name)) return false
  if (
    reference.group !== undefined &&
    parseApiVersion(object.apiVersion).group !== reference.group
  ) {
    return false
  }
  const isThere =
    reference.namespace === undefined
      ? namespace === undefined || namespace === ""
      : namespace !== undefined && fitsGlob(reference.namespace, namespace)
  return isThere && (reference.selector === undefined || matchesLabels(reference.selector, labels))
}

/** `Rollout/shop/web`: how messages name an object. */
export function nameOf(object: KubernetesObject): string {
  const { namespace, name = "" } = object.metadata
  return namespace === undefined ? `${object.kind}/${name}` : `${object.kind}/${namespace}/${name}`
}
