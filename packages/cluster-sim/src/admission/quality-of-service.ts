import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"

/** How a pod is treated when its node runs short. */
export type QualityOfService = "Guaranteed" | "Burstable" | "BestEffort"

const counted = ["cpu", "memory"]

function containersOf(spec: JsonObject): readonly JsonObject[] {
  const { containers, initContainers } = spec
  const main = Array.isArray(containers) ? (containers as readonly JsonObject[]) : []
  if (!Array.isArray(initContainers)) return main
  return [...main, ...(initContainers as readonly JsonObject[])]
}

function amounts(container: JsonObject, name: string): JsonObject {
  const resources = container["resources"]
  const value = resources !== undefined && isJsonObject(resources) ? resources[name] : undefined
  return value !== undefined && isJsonObject(value) ? value : {}
}

function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== "0"
}

/**
 * `Guaranteed` where every container limits cpu and memory to what it requests, `BestEffort` where none requests
 * or limits either, else `Burstable`. Quantities are in canonical spelling.
 */
export function qualityOfService(spec: JsonObject): QualityOfService {
  let isGuaranteed = true
  let isBestEffort = true
  for (const container of containersOf(spec)) {
    const [requests, limits] = [amounts(container, "requests"), amounts(container, "limits")]
    for (const resource of counted) {
      const [request, limit] = [requests[resource], limits[resource]]
      if (isSet(request) || isSet(limit)) isBestEffort = false
      if (!isSet(limit) || (isSet(request) && request !== limit)) isGuaranteed = false
    }
  }
  if (isBestEffort) return "BestEffort"
  return isGuaranteed ? "Guaranteed" : "Burstable"
}
