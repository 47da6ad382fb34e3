import { byEach, compareText, parseApiVersion, type UntypedObject } from "@argo-ts/kernel"

/** Which object, of which kind. Group, namespace and name are empty texts where there is none. */
export interface ResourceRef {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** What an object is called. */
export function refOf(object: UntypedObject): ResourceRef {
  const { group, version } = parseApiVersion(object.apiVersion)
  const { namespace = "", name = "" } = object.metadata
  return { group, version, kind: object.kind, namespace, name }
}

/** Equal texts mean the same object, whatever version it is read in. */
export function refKey(ref: Omit<ResourceRef, "version">): string {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`
}

/** `apps/Deployment/web`: how messages call an object. */
export function refTitle(ref: Omit<ResourceRef, "version">): string {
  return `${ref.group}/${ref.kind}/${ref.name}`
}

/** Group, kind, namespace, name. */
export const compareRefs: (left: ResourceRef, right: ResourceRef) => number = byEach(
  (left, right) => compareText(left.group, right.group),
  (left, right) => compareText(left.kind, right.kind),
  (left, right) => compareText(left.namespace, right.namespace),
  (left, right) => compareText(left.name, right.name),
)

/** True for custom resource definitions, which are never tracked, pruned or cascaded. */
export function isCustomResourceDefinition(ref: Pick<ResourceRef, "group" | "kind">): boolean {
  return ref.group === "apiextensions.k8s.io" && ref.kind === "CustomResourceDefinition"
}
