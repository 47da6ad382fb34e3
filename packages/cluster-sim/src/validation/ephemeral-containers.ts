import { equalJson, type JsonObject } from "@argo-ts/kernel"
import { type FieldError, forbiddenField, notFoundField } from "../api/errors.js"
import { checkContainers } from "./containers.js"
import { items, text } from "./values.js"

const at = "spec.ephemeralContainers"
/** Fields of containers that ephemeral ones do not have. */
const excluded = [
  "ports",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "restartPolicy",
]

/** Complains of ephemeral containers, whose names are nobody else's. */
export function checkEphemeralContainers(
  spec: JsonObject,
  pod: { readonly volumes: ReadonlySet<string>; readonly names: Set<string> },
  errors: FieldError[],
): void {
  const containers = items(spec, "ephemeralContainers")
  const others = new Set(pod.names)
  checkContainers(containers, at, pod, errors)
  for (const [index, container] of containers.entries()) {
    const target = text(container, "targetContainerName")
    if (target !== "" && !others.has(target))
      errors.push(notFoundField(`${at}[${index}].targetContainerName`, target))
    for (const field of excluded) {
      const value = container[field]
      if (value === undefined || equalJson(value, [])) continue
      const why = "cannot be set for an Ephemeral Container"
      errors.push(forbiddenField(`${at}[${index}].${field}`, why))
    }
    const { resources = {} } = container
    if (!equalJson(resources, {})) {
      const why = "cannot be set for an Ephemeral Container"
      errors.push(forbiddenField(`${at}[${index}].resources`, why))
    }
  }
}

/** Complains of ephemeral containers that were there and went, or changed: they can only be added. */
export function checkEphemeralUpdate(
  spec: JsonObject,
  old: JsonObject,
  errors: FieldError[],
): void {
  const given = items(spec, "ephemeralContainers")
  for (const before of items(old, "ephemeralContainers")) {
    const name = text(before, "name")
    const after = given.find((each) => each["name"] === name)
    if (after !== undefined && equalJson(after, before)) continue
    const verb = after === undefined ? "removed" : "changed"
    errors.push(forbiddenField(at, `existing ephemeral containers "${name}" may not be ${verb}\n`))
  }
}
