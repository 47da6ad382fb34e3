import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseInstant,
  parseQuantity,
} from "@argo-ts/kernel"
import type { ContainerStatus, PodObject } from "./kinds.js"

/** What a container without requests and limits counts as. */
const assumed = { cpu: "100m", memory: "100Mi" } as const
/** So much of a resource for a second is one second of it; of others it is one. */
const bases: ReadonlyMap<string, string> = new Map([
  ["memory", "100Mi"],
  ["storage", "10Gi"],
  ["ephemeral-storage", "10Gi"],
])

/**
 * `resourcesDuration` of a pod that has ended (spec/workflows §2.22): for each container what it requests, else its limit,
 * times the seconds that it ran, in whole seconds of a base amount.
 */
export function resourcesDuration({ spec, status = {} }: PodObject): {
  readonly [resource: string]: number
} {
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const ran = new Map(statuses.map((each) => [each.name, secondsOf(each)]))
  const total: { [resource: string]: number } = {}
  for (const container of [
    ...objectsIn(spec["initContainers"]),
    ...objectsIn(spec["containers"]),
  ]) {
    const seconds = ran.get(String(container["name"])) ?? 0
    const { limits, requests } = objectOf(container["resources"])
    const amounts = { ...assumed, ...objectOf(limits), ...objectOf(requests) }
    for (const [resource, amount] of Object.entries(amounts)) {
      const share = quantity(amount) / quantity(bases.get(resource) ?? "1")
      total[resource] = (total[resource] ?? 0) + Math.floor(share * seconds)
    }
  }
  return total
}

function secondsOf({ state }: ContainerStatus): number {
  const { startedAt, finishedAt } = state?.terminated ?? {}
  const from = parseInstant(startedAt ?? "")
  const to = parseInstant(finishedAt ?? "")
  return from.ok && to.ok ? Math.max(0, to.value - from.value) / 1000 : 0
}

function quantity(amount: JsonValue): number {
  const parsed = parseQuantity(String(amount))
  return parsed.ok ? Number(parsed.value) : 0
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
