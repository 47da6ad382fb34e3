import { ClusterError, type Selection } from "@argo-ts/k8s"
import { type LabelSelector, matchesLabels } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "./stored-object.js"

/** A selection, compiled. */
export interface Selector {
  readonly namespace: string | undefined
  /** Set where the selection names one object. */
  readonly name: string | undefined
  /** `key=value` lines that every selected object carries: what an index can look up. */
  readonly labelLines: readonly string[]
  /** True where labels or fields narrow the selection. */
  readonly isNarrowed: boolean
  readonly matches: (object: StoredObject) => boolean
}

/** Selects all objects of a collection. */
export const everyObject: Selector = {
  namespace: undefined,
  name: undefined,
  labelLines: [],
  isNarrowed: false,
  matches: () => true,
}

const extraFields: { readonly [kind: string]: readonly string[] } = {
  Pod: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
    "spec.host",
  ],
  Event: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  Node: ["spec.unschedulable"],
  Namespace: ["status.phase"],
  Secret: ["type"],
  Service: ["spec.clusterIP", "spec.type"],
  Job: ["status.successful"],
  ReplicationController: ["status.replicas"],
  CertificateSigningRequest: ["spec.signerName"],
}

function fieldText(object: StoredObject, path: readonly string[]): string {
  let value: unknown = object
  for (const name of path) {
    const isNested = typeof value === "object" && value !== null && Object.hasOwn(value, name)
    value = isNested ? (value as { readonly [key: string]: unknown })[name] : undefined
  }
  return value === undefined || value === null ? "" : String(value)
}

/** Kubernetes calls some fields otherwise than they lie. */
function pathOf(rules: KindRules, field: string): readonly string[] {
  if (rules.kind.kind === "Event" && field === "source") return ["source", "component"]
  if (rules.kind.kind === "Pod" && field === "status.podIPs") return ["status", "podIP"]
  if (rules.kind.kind === "Pod" && field === "spec.host") return ["spec", "nodeName"]
  if (rules.kind.kind === "Job" && field === "status.successful") return ["status", "succeeded"]
  return field.split(".")
}

function checkField(rules: KindRules, field: string): void {
  if (field === "metadata.name") return
  if (field === "metadata.namespace" && rules.kind.scope === "Namespaced") return
  if (rules.custom?.selectableFields.includes(field) === true) return
  const extra = rules.isBuiltIn ? extraFields[rules.kind.kind] : undefined
  if (extra?.includes(field) === true) return
  const isOwnList = extra !== undefined
  throw new ClusterError(
    "BadRequest",
    isOwnList
      ? `field label not supported: ${field}`
      : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  )
}

function requiredLines(selector: LabelSelector | undefined): string[] {
  const lines = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    if (operator === "In" && values?.length === 1) lines.push(`${key}=${values[0]}`)
  }
  return lines
}

interface Fields {
  readonly equal: readonly { readonly path: readonly string[]; readonly value: string }[]
  readonly unequal: readonly {
    readonly path: readonly string[]
    readonly values: readonly string[]
  }[]
}

function compileFields(rules: KindRules, selection: Selection): Fields {
  const { fieldSelector = {}, excludedFields = {} } = selection
  const checked = (field: string): readonly string[] => {
    checkField(rules, field)
    return pathOf(rules, field)
  }
  return {
    equal: Object.entries(fieldSelector).map(([field, value]) => ({ path: checked(field), value })),
    unequal: Object.entries(excludedFields).map(([field, values]) => ({
      path: checked(field),
      values,
    })),
  }
}

/** Compiles a selection; a field that the kind does not select by is refused as BadRequest. */
export function compileSelection(rules: KindRules, selection: Selection): Selector {
  const { labelSelector, fieldSelector = {} } = selection
  const namespace = rules.kind.scope === "Cluster" ? "" : selection.namespace
  const { equal, unequal } = compileFields(rules, selection)
  const labelLines = requiredLines(labelSelector)
  const hasLabels = labelLines.length > 0 || (labelSelector?.matchExpressions ?? []).length > 0
  const isNarrowed = hasLabels || equal.length > 0 || unequal.length > 0
  const isOpen = namespace === undefined && !isNarrowed
  return {
    namespace,
    name: Object.hasOwn(fieldSelector, "metadata.name")
      ? fieldSelector["metadata.name"]
      : undefined,
    labelLines,
    isNarrowed,
    matches(object) {
      if (isOpen) return true
      if (namespace !== undefined && (object.metadata.namespace ?? "") !== namespace) return false
      if (labelSelector !== undefined && hasLabels) {
        if (!matchesLabels(labelSelector, object.metadata.labels)) return false
      }
      return (
        equal.every(({ path, value }) => fieldText(object, path) === value) &&
        unequal.every(({ path, values }) => !values.includes(fieldText(object, path)))
      )
    },
  }
}
