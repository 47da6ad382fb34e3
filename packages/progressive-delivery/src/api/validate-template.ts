import { isJsonObject, type JsonObject, type JsonValue, own, parseQuantity } from "@argo-ts/kernel"
import { below, type IssueSink, invalid } from "./issues.js"

function listOf(object: JsonObject, key: string): readonly JsonObject[] {
  const list = own(object, key)
  return Array.isArray(list) ? list.filter((item) => isJsonObject(item)) : []
}

function quantityIssues(sink: IssueSink, container: JsonObject): void {
  const resources = own(container, "resources")
  if (!isJsonObject(resources)) return
  const amounts = new Map<string, bigint>()
  for (const list of ["limits", "requests"]) {
    const quantities = own(resources, list)
    if (!isJsonObject(quantities)) continue
    for (const [name, value] of Object.entries(quantities)) {
      const parsed = parseQuantity(String(value))
      if (!parsed.ok) {
        invalid(
          sink,
          ["resources", list, name],
          `expected a quantity like 500m or 1Gi, found ${JSON.stringify(value)}`,
        )
        continue
      }
      const limit = amounts.get(name)
      if (list === "limits") amounts.set(name, parsed.value)
      else if (limit !== undefined && parsed.value > limit) {
        invalid(sink, ["resources", "requests", name], "has to be at most the limit")
      }
    }
  }
}

function containerIssues(
  sink: IssueSink,
  container: JsonObject,
  volumes: ReadonlySet<JsonValue | undefined>,
): void {
  for (const field of ["name", "image"]) {
    const value = own(container, field)
    if (typeof value !== "string" || value === "")
      invalid(sink, [field], "is required, and missing")
  }
  quantityIssues(sink, container)
  const ports = new Set<string>()
  for (const [index, port] of listOf(container, "ports").entries()) {
    const name = own(port, "name")
    if (typeof name !== "string") continue
    if (ports.has(name)) invalid(sink, ["ports", index, "name"], `a second port is named "${name}"`)
    ports.add(name)
  }
  for (const [index, mount] of listOf(container, "volumeMounts").entries()) {
    const name = own(mount, "name")
    if (!volumes.has(name)) {
      invalid(
        sink,
        ["volumeMounts", index, "name"],
        `names the volume ${JSON.stringify(name)}, which the pod does not have`,
      )
    }
  }
}

/** What Kubernetes would refuse in a pod template, as far as a rollout depends on it (spec/rollouts §1.16, rule 4). */
export function validateTemplate(sink: IssueSink, template: JsonObject): void {
  const spec = own(template, "spec")
  if (!isJsonObject(spec)) {
    invalid(sink, ["spec"], "is required, and missing")
    return
  }
  const restartPolicy = own(spec, "restartPolicy")
  if (restartPolicy !== undefined && restartPolicy !== "Always") {
    invalid(
      sink,
      ["spec", "restartPolicy"],
      `expected "Always", found ${JSON.stringify(restartPolicy)}`,
    )
  }
  const containers = listOf(spec, "containers")
  if (containers.length === 0) invalid(sink, ["spec", "containers"], "needs at least one container")
  const volumes = new Set(listOf(spec, "volumes").map((volume) => own(volume, "name")))
  const names = new Set<string>()
  for (const list of ["initContainers", "containers", "ephemeralContainers"]) {
    for (const [index, container] of listOf(spec, list).entries()) {
      const place = below(sink, "spec", list, index)
      containerIssues(place, container, volumes)
      const name = own(container, "name")
      if (typeof name === "string" && names.has(name))
        invalid(place, ["name"], `a second container is named "${name}"`)
      if (typeof name === "string") names.add(name)
    }
  }
}
