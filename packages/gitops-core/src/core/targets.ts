import { type Issue, isJsonObject, type UntypedObject } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { ApplicationCondition } from "../api/status.js"
import { refKey, refOf, refTitle } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import { instanceName, withTracking } from "./tracking.js"

/** Desired objects as they go to the cluster, and what is remarkable about them. */
export interface PreparedTargets {
  readonly targets: readonly UntypedObject[]
  readonly warnings: readonly ApplicationCondition[]
}

/** What preparing needs. */
export interface PrepareInput {
  readonly application: Application
  readonly rendered: readonly UntypedObject[]
  /** `group/kind` of what has no namespace. */
  readonly clusterScoped: ReadonlySet<string>
  readonly settings: GitopsSettings
}

/** Tells whether a parsed document is an object at all; names what it lacks. */
export function checkObject(value: unknown): readonly Issue[] {
  if (!isJsonObject(value)) {
    return [{ code: "InvalidValue", path: [], message: "expected a Kubernetes object" }]
  }
  const issues: Issue[] = []
  for (const field of ["apiVersion", "kind"]) {
    if (typeof value[field] !== "string" || value[field] === "") {
      issues.push({ code: "InvalidValue", path: [field], message: "is required, and missing" })
    }
  }
  const metadata = value["metadata"]
  const isNamed =
    isJsonObject(metadata) &&
    (typeof metadata["name"] === "string" || typeof metadata["generateName"] === "string")
  if (!isNamed) {
    issues.push({
      code: "InvalidValue",
      path: ["metadata", "name"],
      message: "is required, and missing",
    })
  }
  return issues
}

function placed(object: UntypedObject, input: PrepareInput): UntypedObject {
  const { group, kind, namespace } = refOf(object)
  const { namespace: _namespace, ...metadata } = object.metadata
  if (input.clusterScoped.has(`${group}/${kind}`)) return { ...object, metadata }
  const destination = input.application.spec.destination.namespace ?? ""
  const place = namespace === "" ? destination : namespace
  return place === "" ? object : { ...object, metadata: { ...metadata, namespace: place } }
}

/** Gives every desired object its namespace and its tracking mark; of two with one name the last counts. */
export function prepareTargets(input: PrepareInput): PreparedTargets {
  const { application, settings } = input
  const instance = instanceName(application.metadata, settings)
  const tracking = {
    ...settings,
    destinationNamespace: application.spec.destination.namespace ?? "",
  }
  const targets = new Map<string, UntypedObject>()
  const warnings: ApplicationCondition[] = []
  for (const rendered of input.rendered) {
    const object = withTracking(placed(rendered, input), instance, tracking)
    const ref = refOf(object)
    // Hooks with a generated name are told apart by their position: each is an object of its own.
    const key = ref.name === "" ? `${refKey(ref)}#${targets.size}` : refKey(ref)
    if (targets.has(key)) {
      const message = `Resource ${refTitle(ref)} appeared 2 times among application resources.`
      warnings.push({ type: "RepeatedResourceWarning", message })
    }
    targets.set(key, object)
  }
  return { targets: [...targets.values()], warnings }
}
